import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { HarnessError } from "../src/implementation.js";
import { aCase, runScripted, type scripted, statuses, text } from "./support/scripted.js";

/** Long enough for a slow machine, short enough for the cases that must time out. */
const SHORT_TIMEOUT = { caseTimeoutMs: 1500 };

describe("a case", () => {
  test("passes if the text is the expected one, and otherwise reports the first byte that differs", async () => {
    const report = await runScripted([aCase("a-1", "x"), aCase("a-2", "wrong", { expect: text("wring") })]);
    expect(statuses(report)).toEqual({ "a-1": "passed", "a-2": "failed" });
    expect(report.results[1]?.detail).toBe(
      [
        "first difference at byte 2 (expected 5 bytes, got 5)",
        "  expected  77 72 69 6e 67                                   wring",
        "  actual    77 72 6f 6e 67                                   wrong",
        "                  ^^",
      ].join("\n"),
    );
    expect(report.verdict).toBe("differs");
  });

  test("that expects an error passes with any error, or only with the expected code if error-codes is declared", async () => {
    const cases = [
      aCase("r-1", "refuse", { expect: { refused: "cycle" } }),
      aCase("r-2", "refuse", { expect: { refused: "too_deep" } }),
      aCase("r-3", "x", { expect: { refused: "cycle" } }),
      aCase("r-4", "refuse"),
    ];
    expect(statuses(await runScripted(cases))).toEqual({
      "r-1": "passed",
      "r-2": "passed",
      "r-3": "failed",
      "r-4": "failed",
    });
    const strict = await runScripted(cases, { hello: { features: ["error-codes"] } });
    expect(statuses(strict)).toEqual({ "r-1": "passed", "r-2": "failed", "r-3": "failed", "r-4": "failed" });
  });

  test("that requires an undeclared feature is unsupported: it is not sent and does not count as passed", async () => {
    const cases = [
      aCase("f-1", "crash", { features: ["float", "bigint"] }),
      aCase("f-2", "x", { features: ["float"] }),
    ];
    const report = await runScripted(cases, { hello: { features: ["float"] } });
    expect(statuses(report)).toEqual({ "f-1": "unsupported", "f-2": "passed" });
    expect(report.results[0]?.detail).toBe("requires bigint, which the harness does not declare");
    expect(report.verdict).toBe("conforms");
  });

  test.each([
    ["garbage", /expected a line of JSON in UTF-8, got "listening on port 1"/],
    ["not utf-8", /expected a line of JSON in UTF-8/],
    ["text and error", /expected either "text" or "error" in the result/],
    ["neither text nor error", /expected either "text" or "error" in the result/],
    ["wrong seq", /expected a result with seq 1, got seq 2/],
  ])("fails with an invalid line and quotes it: %s", async (behavior, detail) => {
    const report = await runScripted([aCase("i-1", behavior)]);
    expect(statuses(report)).toEqual({ "i-1": "failed" });
    expect(report.results[0]?.detail).toMatch(detail);
  });

  test("that failed with an invalid line does not affect the next case if its result arrives late", async () => {
    const report = await runScripted([aCase("l-1", "garbage, then the result"), aCase("l-2", "x"), aCase("l-3", "y")]);
    expect(statuses(report)).toEqual({ "l-1": "failed", "l-2": "passed", "l-3": "passed" });
  });
});

describe("a process", () => {
  test("that crashes or hangs is replaced by a new one, and the case is not reported as failed", async () => {
    const cases = [
      aCase("p-1", "crash"),
      aCase("p-2", "x"),
      aCase("p-3", "hang"),
      aCase("p-4", "y"),
      aCase("p-5", "wrong"),
    ];
    const report = await runScripted(cases, {}, SHORT_TIMEOUT);
    expect(statuses(report)).toEqual({
      "p-1": "crashed",
      "p-2": "passed",
      "p-3": "timed_out",
      "p-4": "passed",
      "p-5": "failed",
    });
    expect(report.results[0]?.detail).toBe("exited with code 3\n    stderr: out of cheese");
    expect(report.results[2]?.detail).toBe("no result within 1500 ms");
    expect(report.counts).toMatchObject({ passed: 2, failed: 1, crashed: 1, timed_out: 1 });
  });

  test("that crashes giveUpAfter times, and in a quarter of the cases, is a harness fault and aborts the run", async () => {
    const cases = [
      aCase("g-1", "crash"),
      aCase("g-2", "x"),
      aCase("g-3", "crash"),
      aCase("g-4", "x"),
      aCase("g-5", "x"),
    ];
    const report = await runScripted(cases, {}, { giveUpAfter: 2 });
    expect(statuses(report)).toEqual({
      "g-1": "crashed",
      "g-2": "passed",
      "g-3": "crashed",
      "g-4": "not_run",
      "g-5": "not_run",
    });
    expect(report.fault).toMatch(
      /aborted after 2 crashes, timeouts or invalid lines in 3 cases; the last case was g-3/,
    );
    expect(report.verdict).toBe("harness_fault");
    const unlimited = await runScripted(cases, {}, { giveUpAfter: 0 });
    expect(unlimited.verdict).toBe("differs");
    const rare = [...Array.from({ length: 10 }, (_, index) => aCase(`r-${index}`, "x")), ...cases];
    expect((await runScripted(rare, {}, { giveUpAfter: 2 })).verdict).toBe("differs");
  });

  test("that breaks the protocol in every case is a harness fault", async () => {
    const cases = Array.from({ length: 20 }, (_, index) => aCase(`b-${index}`, "garbage"));
    expect(await runScripted(cases)).toMatchObject({ verdict: "harness_fault", counts: { failed: 20 } });
  });

  test.each([
    [{ exitCode: 4 }, /after the bye, the process exited with code 4/],
    [{ stayAfterBye: true }, /did not exit within 1500 ms after the bye/],
  ])("that does not exit with code 0 is a harness fault: %o", async (script, fault) => {
    const report = await runScripted([aCase("e-1", "x")], script, SHORT_TIMEOUT);
    expect(report.fault).toMatch(fault);
    expect(report.verdict).toBe("harness_fault");
  });

  test("is reused for all cases", async () => {
    const cases = [aCase("o-1", "pid"), aCase("o-2", "pid")];
    const { results } = await runScripted(cases);
    const [first, second] = results.map(({ detail }) => /actual(.*)/.exec(detail)?.[1]);
    expect(first).toBeDefined();
    expect(first).toBe(second);
  });
});

describe("a command", () => {
  const start = (script: Parameters<typeof scripted>[0], options = {}) =>
    runScripted([aCase("h-1", "x")], script, options);

  test.each([
    ["sends no JSON", { firstLine: "Server ready" }, /expected a line of JSON in UTF-8, got "Server ready"/],
    ["sends another message", { firstLine: '{"type":"result","seq":1}' }, /expected \{"type":"hello",…\}, got/],
    ["speaks another protocol", { hello: { protocol: 2 } }, /expected protocol 1 in the hello/],
    ["has no name", { hello: { name: "" } }, /expected a non-empty string in "name" of the hello/],
    ["lists no features", { hello: { features: "float" } }, /expected an array of strings in "features" of the hello/],
    [
      "exits immediately",
      { exitImmediately: 1, stderr: "no such module" },
      /sent no hello: the process exited with code 1\n {4}stderr: no such module/,
    ],
  ])("that %s is a harness fault", async (_description, script, message) => {
    const run = start(script);
    await expect(run).rejects.toThrow(HarnessError);
    await expect(run).rejects.toThrow(message);
  });

  test("that never sends a hello is a harness fault", async () => {
    await expect(start({ silent: true }, { helloTimeoutMs: 500 })).rejects.toThrow(/sent no hello within 500 ms/);
  });

  test("that does not exist is a harness fault", async () => {
    const run = runScripted([aCase("h-1", "x")], {}, { command: ["no-such-program-here"] });
    await expect(run).rejects.toThrow(/cannot start `no-such-program-here`/);
  });

  test("that declares an unknown feature is a harness fault: it is probably misspelled", async () => {
    const report = await start({ hello: { features: ["floats"] } });
    expect(report).toMatchObject({ verdict: "harness_fault", counts: { not_run: 1 } });
    expect(report.fault).toMatch(/declares the unknown feature "floats"/);
  });
});

describe("a child of the harness process", () => {
  /** Starts a server to which the child connects. `connected` resolves then, and the socket closes when the child exits. */
  async function watchChild(): Promise<{ port: number; connected: Promise<Socket>; close: () => Promise<void> }> {
    const server = createServer();
    const connected = once(server, "connection").then(([socket]) => socket as Socket);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const close = async () => {
      server.close();
      await once(server, "close");
    };
    return { port: (server.address() as AddressInfo).port, connected, close };
  }

  test("is killed at the end of the run", async () => {
    const { port, connected, close } = await watchChild();
    const report = runScripted([aCase("c-1", "hang")], { child: port }, SHORT_TIMEOUT);
    const socket = await connected;
    const closed = once(socket.resume(), "close");
    expect(statuses(await report)).toEqual({ "c-1": "timed_out" });
    await closed;
    await close();
  });

  test("is killed when the run is aborted", async () => {
    const { port, connected, close } = await watchChild();
    const controller = new AbortController();
    const run = runScripted([aCase("c-1", "hang")], { child: port }, { signal: controller.signal });
    const rejected = expect(run).rejects.toThrow("aborted by the test");
    const socket = await connected;
    const closed = once(socket.resume(), "close");
    controller.abort(new Error("aborted by the test"));
    await rejected;
    await closed;
    await close();
  });
});
