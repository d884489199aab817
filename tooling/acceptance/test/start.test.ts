import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { root } from "../../src/run.mjs";

const children: ChildProcess[] = [];
const DATA_DIR = mkdtempSync(join(tmpdir(), "start-"));

afterAll(() => rmSync(DATA_DIR, { recursive: true }));

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }
});

function npmStart(env: Record<string, string>) {
  const child = spawn("npm", ["start"], {
    cwd: root,
    env: { ...process.env, DATA_DIR, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

test("npm start serves a plain WebSocket client, which receives the topic and then its updates", async () => {
  const child = npmStart({ PORT: "0" });
  const exited = once(child, "exit");
  const url = await urlOf(child);

  const socket = new WebSocket(url);
  const frames: { type: string; payload: { topic: string; status?: string; payload?: { close: number } } }[] = [];
  const two = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      frames.push(JSON.parse(String(data)));
      if (frames.length === 2) resolve();
    });
  });
  await once(socket, "open");
  socket.send('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}');
  await two;
  const topic = 'bars:{"resolution":"1","symbol":"AAPL"}';
  expect(frames[0]).toMatchObject({ type: "bars.subscribe.response", payload: { status: "ok", topic } });
  const http = url.replace(/^ws/, "http").replace(/\/ws$/, "");
  // npm start uses AUTH_MODE=demo, in which the account of the examples needs no token.
  const account = await (await fetch(`${http}/broker/account?accountId=TEST-001`)).json();
  expect(account).toMatchObject({ id: "TEST-001" });
  const demo = await (await fetch(`${http}/auth/demo-token`, { method: "POST" })).json();
  expect(demo).toMatchObject({ token: expect.any(String), accountId: expect.any(String) });
  expect(frames[1]).toMatchObject({ type: "bars.update", payload: { topic, payload: { close: expect.any(Number) } } });

  const closed = once(socket, "close");
  child.kill("SIGTERM");
  expect((await closed)[0]).toBe(1012);
  await exited;
  // The server itself has stopped, not only npm.
  await expect(connect(url)).rejects.toThrow("ECONNREFUSED");
});

test("a port in use is reported in one sentence, with the remedy", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  try {
    await once(blocker, "listening");
    const { port } = blocker.address() as { port: number };
    const child = npmStart({ PORT: String(port) });
    const exited = once(child, "exit");
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
    expect((await exited)[0]).toBe(1);
    expect(output).toContain(String(port));
    expect(output).toMatch(/PORT=/);
    expect(output).not.toMatch(/\n\s+at /);
  } finally {
    blocker.close();
  }
});

async function urlOf(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    lines.push(line);
    const url = line.match(/ws:\/\/\S+/)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`npm start printed no address:\n${lines.join("\n")}`);
}

async function connect(url: string): Promise<void> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  socket.terminate();
}
