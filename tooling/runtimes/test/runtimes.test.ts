import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { startEngineServer } from "../../../packages/ws-client/test/helpers/engine-server.js";
import { freePort } from "../../src/free-port.mjs";
import { commandOf, install, type Runtime } from "./runtimes.js";
import { startSilentServer } from "./silent-server.js";

const RUNTIMES: readonly Runtime[] = ["Node 20", "Node 22", "Node 24", "Bun", "Deno"];
const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const VECTORS = fileURLToPath(new URL("../../../packages/topic-conformance/vectors/", import.meta.url));
const INSTALLING_MS = 300_000;

// If this fails, each test that needs it reports the failure.
beforeAll(() => install().catch(() => {}), INSTALLING_MS);

/** Starts one of `programs` in a runtime. Returns its output lines and its exit code. */
async function start(runtime: Runtime, program: string, ...args: string[]) {
  const command = await commandOf(runtime);
  if (command === undefined) return undefined;
  const [file, ...own] = command;
  const child = spawn(file, [...own, `programs/${program}`, ...args], {
    cwd: FOLDER,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NODE_OPTIONS: "" },
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async (): Promise<string | undefined> => (await lines.next()).value,
    code: async (): Promise<number> => (await ended)[0],
  };
}

test.for(RUNTIMES)("%s: the golden files, byte for byte", async (runtime, { skip }) => {
  const golden = await start(runtime, "golden.mjs", VECTORS);
  if (golden === undefined) return skip();
  const { from, cases, differing } = JSON.parse((await golden.line()) ?? "{}");
  expect(differing).toEqual([]);
  expect(cases).toBeGreaterThan(2_000);
  expect(from).toContain("/topic/dist/esm/");
  expect(await golden.code()).toBe(0);
});

const OUTAGES = "%s: a refused port ends each attempt, and a server that never closes does not keep the process";
test.for(RUNTIMES)(OUTAGES, async (runtime, { skip }) => {
  const silent = await startSilentServer();
  onTestFinished(() => silent.close());
  const client = await start(runtime, "outages.mjs", `ws://127.0.0.1:${await freePort()}`, silent.url);
  if (client === undefined) return skip();
  expect([await client.line(), await client.line()]).toEqual(["2 attempts", "connected"]);
  // By itself `ws` waits 30 s for the server to confirm the close.
  expect(Number(await client.line())).toBeLessThan(29_000);
  expect(await client.code()).toBe(0);
});

test.for(RUNTIMES)("%s: a client streams, resumes after a cut, and lets the program end", async (runtime, { skip }) => {
  const server = await startEngineServer();
  onTestFinished(() => server.close());
  const client = await start(runtime, "smoke.mjs", server.url);
  if (client === undefined) return skip();
  // A program that ends before it subscribes has printed the reason instead of a price.
  await Promise.race([server.replied(1), client.code()]);
  server.publish([1, 2]);
  expect([await client.line(), await client.line()]).toEqual(["1", "2"]);
  server.cut([3, 4]);
  expect([await client.line(), await client.line()]).toEqual(["3", "4"]);
  await server.replied(2);
  server.publish([5]);
  expect(await client.line()).toBe("5");
  const { from, ...report } = JSON.parse((await client.line()) ?? "{}");
  expect(report).toEqual({
    socket: runtime === "Node 20" ? "ws package (no_websocket)" : "platform",
    recovered: [3, 4],
    problems: [],
  });
  expect(from).toContain("/ws-client/dist/esm/");
  expect(await client.code()).toBe(0);
  expect(await server.disconnected()).toEqual({ sockets: 2, requests: ["trades.subscribe", "trades.subscribe"] });
});
