import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { HarnessError } from "../src/implementation.js";
import { aCase, runScripted, type scripted, statuses, text } from "./support/scripted.js";

/** Long enough for any machine that answers at all, short enough for the one that must not. */
const SOON = { caseTimeoutMs: 1500 };

describe("a case", () => {
  test("passes where the text is the expected one, and shows the first byte that differs where it is not", async () => {
    const report = await runScripted([aCase("a-1", "x"), aCase("a-2", "wrong", { expect: text("wring") })]);
    expect(statuses(report)).toEqual({ "a-1": "passed", "a-2": "failed" });
    expect(report.results[1]?.detail).toBe(
      [
        "first difference at byte 2 (5 bytes expected, 5 came)",
        "  expected  77 72 69 6e 67                                   wring",
        "  actual    77 72 6f 6e 67                                   wrong",
        "                  ^^",
      ].join("\n"),
    );
    expect(report.verdict).toBe("differs");
  });

  test("that must be refused passes by any refusal, and by the right code alone where codes are declared", async () => {
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

  test("that needs what is not declared is unsupported: not asked, not passed", async () => {
    const cases = [
      aCase("f-1", "crash", { features: ["float", "bigint"] }),
      aCase("f-2", "x", { features: ["float"] }),
    ];
    const report = await runScripted(cases, { hello: { features: ["float"] } });
    expect(statuses(report)).toEqual({ "f-1": "unsupported", "f-2": "passed" });
    expect(report.results[0]?.detail).toBe("needs bigint, which is not declared");
    expect(report.verdict).toBe("conforms");
  });

  test.each([
    ["garbage", /not a line of JSON in UTF-8: "listening on port 1"/],
    ["not utf-8", /not a line of JSON in UTF-8/],
    ["both answers", /either a text in "text" or a code in "error"/],
    ["no answer", /either a text in "text" or a code in "error"/],
    ["wrong seq", /answered seq 2, was asked 1/],
  ])("fails by an invalid line, which is quoted: %s", async (misdeed, detail) => {
    const report = await runScripted([aCase("i-1", misdeed)]);
    expect(statuses(report)).toEqual({ "i-1": "failed" });
    expect(report.results[0]?.detail).toMatch(detail);
  });

  test("is not taken for the next one, where its answer comes behind an invalid line", async () => {
    const report = await runScripted([aCase("l-1", "garbage, then right"), aCase("l-2", "x"), aCase("l-3", "y")]);
    expect(statuses(report)).toEqual({ "l-1": "failed", "l-2": "passed", "l-3": "passed" });
  });
});

describe("a process", () => {
  test("that crashes or hangs is told apart from a wrong answer, and the run goes on with a new one", async () => {
    const cases = [
      aCase("p-1", "crash"),
      aCase("p-2", "x"),
      aCase("p-3", "hang"),
      aCase("p-4", "y"),
      aCase("p-5", "wrong"),
    ];
    const report = await runScripted(cases, {}, SOON);
    expect(statuses(report)).toEqual({
      "p-1": "crashed",
      "p-2": "passed",
      "p-3": "timed_out",
      "p-4": "passed",
      "p-5": "failed",
    });
    expect(report.results[0]?.detail).toBe("exited with code 3\n    stderr: out of cheese");
    expect(report.results[2]?.detail).toBe("no answer within 1500 ms");
    expect(report.counts).toMatchObject({ passed: 2, failed: 1, crashed: 1, timed_out: 1 });
  });

  test("is given up after so many crashes in a row, which is the harness's fault", async () => {
    const cases = [
      aCase("g-1", "crash"),
      aCase("g-2", "x"),
      aCase("g-3", "crash"),
      aCase("g-4", "crash"),
      aCase("g-5", "x"),
    ];
    const report = await runScripted(cases, {}, { giveUpAfter: 2 });
    expect(statuses(report)).toEqual({
      "g-1": "crashed",
      "g-2": "passed",
      "g-3": "crashed",
      "g-4": "crashed",
      "g-5": "not_run",
    });
    expect(report.fault).toMatch(/given up after 2 crashes, timeouts or invalid lines in a row, the last at g-4/);
    expect(report.verdict).toBe("harness_fault");
    const never = await runScripted(cases, {}, { giveUpAfter: 0 });
    expect(never.verdict).toBe("differs");
  });

  test("that breaks the protocol throughout is the harness's fault", async () => {
    const cases = Array.from({ length: 20 }, (_, index) => aCase(`b-${index}`, "garbage"));
    expect(await runScripted(cases)).toMatchObject({ verdict: "harness_fault", counts: { failed: 20 } });
  });

  test.each([
    [{ exitCode: 4 }, /after the bye it exited with code 4/],
    [{ stayAfterBye: true }, /did not exit within 1500 ms of the bye/],
  ])("that does not leave with exit code 0 is at fault: %o", async (script, fault) => {
    const report = await runScripted([aCase("e-1", "x")], script, SOON);
    expect(report.fault).toMatch(fault);
    expect(report.verdict).toBe("harness_fault");
  });

  test("is one for all cases, as long as it lives", async () => {
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
    ["sends no JSON", { firstLine: "Server ready" }, /not a line of JSON in UTF-8: "Server ready"/],
    ["sends another message", { firstLine: '{"type":"result","seq":1}' }, /expected \{"type":"hello",…\}, got/],
    ["speaks another protocol", { hello: { protocol: 2 } }, /this runner speaks protocol 1/],
    ["has no name", { hello: { name: "" } }, /the hello has no text in "name"/],
    ["lists no features", { hello: { features: "float" } }, /the hello has no list of texts in "features"/],
    [
      "ends at once",
      { exitAtOnce: 1, stderr: "no such module" },
      /sent no hello: it exited with code 1\n {4}stderr: no such module/,
    ],
  ])("that %s is at fault", async (_what, script, message) => {
    const run = start(script);
    await expect(run).rejects.toThrow(HarnessError);
    await expect(run).rejects.toThrow(message);
  });

  test("that never says hello is at fault", async () => {
    await expect(start({ silent: true }, { helloTimeoutMs: 500 })).rejects.toThrow(/sent no hello within 500 ms/);
  });

  test("that does not exist is at fault", async () => {
    const run = runScripted([aCase("h-1", "x")], {}, { command: ["no-such-program-here"] });
    await expect(run).rejects.toThrow(/cannot start `no-such-program-here`/);
  });

  test("that declares what no case needs is told so", async () => {
    const report = await start({ hello: { features: ["floats"] } });
    expect(report.notes).toEqual(["no case needs the declared floats; the features are error-codes"]);
  });
});

describe("what a process starts", () => {
  /** A server that counts as the grandchild's sign of life: its connection closes when it dies. */
  async function lifeline(): Promise<{ port: number; born: Promise<Socket>; close: () => Promise<void> }> {
    const server = createServer();
    const born = once(server, "connection").then(([socket]) => socket as Socket);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const close = async () => {
      server.close();
      await once(server, "close");
    };
    return { port: (server.address() as AddressInfo).port, born, close };
  }

  test("dies with it at the end", async () => {
    const { port, born, close } = await lifeline();
    const report = runScripted([aCase("c-1", "hang")], { child: port }, SOON);
    const socket = await born;
    const died = once(socket.resume(), "close");
    expect(statuses(await report)).toEqual({ "c-1": "timed_out" });
    await died;
    await close();
  });

  test("dies with it when the run is stopped", async () => {
    const { port, born, close } = await lifeline();
    const controller = new AbortController();
    const run = runScripted([aCase("c-1", "hang")], { child: port }, { signal: controller.signal });
    const rejected = expect(run).rejects.toThrow("enough");
    const socket = await born;
    const died = once(socket.resume(), "close");
    controller.abort(new Error("enough"));
    await rejected;
    await died;
    await close();
  });
});
