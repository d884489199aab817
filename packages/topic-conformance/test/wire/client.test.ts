import { rmSync } from "node:fs";
import { createColors } from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/main.js";
import { runClient } from "../../src/wire/client/run.js";
import { CLIENT_SCENARIOS } from "../../src/wire/client/scenarios.js";
import { bundle } from "../support/bundle.js";

let bundled: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  bundled = await bundle("harnesses/wire-client/client.mjs");
});
afterAll(() => rmSync(bundled.folder, { recursive: true }));

test("the client of this repository passes every scenario", async () => {
  // Most of the time is waiting, so four processes share the scenarios.
  const shares = [0, 1, 2, 3].map((share) => CLIENT_SCENARIOS.filter((_, index) => index % 4 === share));
  const command = [process.execPath, bundled.file];
  const reports = await Promise.all(
    shares.map((scenarios) => runClient({ command, scenarios, timeoutMs: 60_000, helloTimeoutMs: 60_000 })),
  );
  expect(reports.flatMap(({ results }) => results.filter(({ status }) => status !== "passed"))).toEqual([]);
  for (const { notes, verdict } of reports) expect({ notes, verdict }).toEqual({ notes: [], verdict: "conforms" });
});

async function call(...args: string[]) {
  const out: string[] = [];
  const console = { out: out.push.bind(out), err: out.push.bind(out), colors: createColors(false) };
  const code = await main(["wire", "client", ...args], console, new AbortController().signal);
  return { code, text: out.join("\n") };
}

/** Returns the command of a program that replies to each line with the lines that `replies` names for its type. */
function scripted(replies: Record<string, readonly string[]>): readonly string[] {
  const source = `
    const replies = ${JSON.stringify(replies)};
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      for (const reply of replies[JSON.parse(line).type] ?? []) {
        if (reply === "exit") process.exit(3);
        console.log(reply);
      }
    }).on("close", () => process.exit(0));`;
  return [process.execPath, "-e", source];
}

const HELLO = '{"type":"hello","protocol":1,"name":"mine","version":"2","features":[]}';

describe("wire client", () => {
  test("exits with 0 if the client conforms", async () => {
    const { code, text } = await call("--filter", "client-subscribe", "--", process.execPath, bundled.file);
    expect(text).toMatch(
      /@trading\/ws-client 1\.0\.0, wire, client, \d+ ms\n1 passed, 0 failed, 0 unsupported: conforms$/,
    );
    expect(code).toBe(0);
  });

  test("reports a process that ends as a failure, and continues with a new one", async () => {
    const command = scripted({ hello: [HELLO], connect: ["exit"] });
    const args = ["--timeout-ms", "60000", "--filter", "client-unknown-fields", "--filter", "client-unknown-types"];
    const { code, text } = await call(...args, "--", ...command);
    expect(text.match(/received {2}the process ended with code 3/g)).toHaveLength(2);
    expect(text).toMatch(/0 passed, 2 failed, 0 unsupported: differs$/);
    expect(code).toBe(1);
  });

  test.each([
    ["no command", [], "Missing command after --"],
    [
      "a command that does not exist",
      ["--", "no-such-program"],
      "cannot start `no-such-program`: spawn no-such-program ENOENT",
    ],
    ["no hello", ["--", ...scripted({ hello: ["exit"] })], "received the process ended with code 3"],
    [
      "another protocol",
      ["--", ...scripted({ hello: ['{"type":"hello","protocol":9}'] })],
      'received {"type":"hello","protocol":9}',
    ],
    [
      "a hello without features",
      ["--", ...scripted({ hello: ['{"type":"hello","protocol":1}'] })],
      'expected a hello with "name", "version" and "features"',
    ],
    [
      "a line that is not JSON",
      ["--", ...scripted({ hello: ["hi"] })],
      "received the line hi, which is not a JSON object with a type",
    ],
  ])("exits with 2 for %s", async (_case, args, message) => {
    const { code, text } = await call(...args);
    expect(text).toContain(message);
    expect(code).toBe(2);
  });
});
