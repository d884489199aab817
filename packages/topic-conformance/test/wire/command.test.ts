import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createColors } from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startConformanceServer } from "../../harnesses/wire-server/server.mjs";
import { main } from "../../src/main.js";

const folder = mkdtempSync(join(tmpdir(), "topic-conformance-wire-"));
let server: Awaited<ReturnType<typeof startConformanceServer>>;
beforeAll(async () => {
  server = await startConformanceServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function call(...args: string[]) {
  const out: string[] = [];
  const console = { out: out.push.bind(out), err: out.push.bind(out), colors: createColors(false) };
  const code = await main(["wire", ...args], console, new AbortController().signal);
  return { code, text: out.join("\n") };
}

describe("wire server", () => {
  test("exits with 0 and writes the report if the server conforms", async () => {
    const file = join(folder, "report.json");
    const urls = ["--url", server.url, "--control", server.control];
    const { code, text } = await call("server", ...urls, "--filter", "section:Order", "--report-json", file);
    expect(text).toMatch(/5 passed, 0 failed, 0 unsupported: conforms$/);
    expect(code).toBe(0);
    const report = JSON.parse(readFileSync(file, "utf8"));
    expect(report).toMatchObject({ peer: "server", verdict: "conforms", counts: { passed: 5 } });
    const { sentence, trace } = report.results.find(({ id }: { id: string }) => id === "nothing-after-unsubscribe");
    expect(sentence).toBe("No update of a topic follows its unsubscribe reply.");
    expect(trace.join("\n")).toContain('← client  {"type":"bars.unsubscribe.response"');
  });

  test("does not run and never passes what the server does not declare", async () => {
    const { code, text } = await call("server", "--url", server.url, "--filter", "section:Order");
    expect(text).toContain("Not declared: publish, operations");
    expect(text).toMatch(/2 passed, 0 failed, 3 unsupported: conforms$/);
    expect(code).toBe(0);
  });

  test("shows expected, received, the sentence and the frames of a failure, and exits with 1", async () => {
    const { code, text } = await call(
      "server",
      "--url",
      server.url,
      "--features",
      "legacy-executions,executions",
      "--filter",
      "topic-null",
    );
    expect(text).toContain("failed  topic-null  writes null as an empty text");
    expect(text).toMatch(/expected {2}\{"type":"executions.subscribe.response"/);
    expect(text).toMatch(/received {2}.*"code":"unauthorized"/);
    expect(text).toContain("PROTOCOL.md, Route parameters: In a nullable field");
    expect(text).toContain("→ client  {");
    expect(code).toBe(1);
  });

  test("accepts expected failures, and fails on stale ones", async () => {
    const known = join(folder, "known.txt");
    writeFileSync(known, "topic-null   the account needs a token\n");
    const args = ["--url", server.url, "--features", "executions", "--expected-failures", known, "--filter"];
    const { code, text } = await call("server", ...args, "topic-null");
    expect(text).toContain("expected failure  topic-null  the account needs a token");
    expect(code).toBe(0);
    writeFileSync(known, "topic-sorted-keys   not needed\n");
    const stale = await call("server", ...args, "topic-sorted-keys");
    expect(stale.text).toContain("stale expected failure  topic-sorted-keys: passes now; remove the entry");
    expect(stale.code).toBe(1);
  });

  test.each([
    ["no peer", [], 'Invalid peer "". Expected wire server --url <ws url>'],
    ["no URL", ["server"], "Missing option --url"],
    [
      "another scheme",
      ["server", "--url", "http://127.0.0.1/"],
      'Invalid option --url: expected ws:// or wss://…, got "http',
    ],
    [
      "no scenario",
      ["server", "--url", "ws://127.0.0.1:1/", "--filter", "nothing"],
      "No scenario matches --filter nothing",
    ],
    [
      "an unknown feature",
      ["server", "--url", "ws://127.0.0.1:1/", "--features", "ids,sesion"],
      "Unknown feature sesion in --features. Features: ids,",
    ],
    [
      "no server",
      ["server", "--url", "ws://127.0.0.1:1/"],
      "the server accepts no connection: expected a WebSocket handshake",
    ],
  ])("exits with 2 for %s", async (_case, args, message) => {
    const { code, text } = await call(...args);
    expect(text).toContain(message);
    expect(code).toBe(2);
  });

  test("exits with 2 if the control endpoint does not reply as documented", async () => {
    const control = server.control.replace(/control$/, "elsewhere");
    const { code, text } = await call("server", "--url", server.url, "--control", control);
    expect(text).toMatch(
      /the control endpoint http:\/\/127\.0\.0\.1:\d+\/elsewhere replied 400 to \{"action":"hello"\}/,
    );
    expect(code).toBe(2);
  });
});
