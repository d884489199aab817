import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bars, orders } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../../../src/free-port.mjs";
import { RedisServer } from "../../../src/redis/redis-server.mjs";
import { findTool } from "../../../src/tools.mjs";
import { composeCluster, read } from "./files.js";
import { JWT_SECRET } from "./process.js";

/** The account of the clients. */
export const ACCOUNT = "A-1";

/** Interval of looks at something that reports no event. In milliseconds. */
const LOOK_MS = 50;

/** Starts Redis with the arguments of compose.cluster.yaml, and the user of redis/users.conf. @returns its URL for servers */
export async function startRedis(): Promise<string> {
  const user = /^user .*$/m.exec(read("redis/users.conf"))?.[0] ?? "";
  const port = await freePort();
  const args = composeCluster.services.redis?.command?.slice(2) ?? [];
  const userArgs = user.replace("change-me", "secret").split(" ").slice(1);
  const redis = await RedisServer.start("--port", `${port}`, "--user", ...userArgs, ...args);
  onTestFinished(() => redis.stop());
  return `redis://trading:secret@127.0.0.1:${port}`;
}

/** Starts nginx with nginx.cluster.conf in front of gateways on this machine. @returns its port */
export async function startNginx(gateways: readonly number[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const config = gateways
    .reduce(
      (text, gateway, index) => text.replace(`server gateway-${index + 1}:8000`, `server 127.0.0.1:${gateway}`),
      read("nginx.cluster.conf"),
    )
    .replace(/^pid .*$/m, `pid ${folder}/pid;\ndaemon off;`)
    // One process, so that connections are distributed exactly in turn.
    .replace(/^worker_processes auto;$/m, "worker_processes 1;")
    .replace("worker_connections 16384;", "worker_connections 1024;")
    .replace("include /etc/nginx/mime.types;", `access_log off;\n${temporary.join("\n")}`)
    .replace("listen 80;", `listen 127.0.0.1:${port};`);
  writeFileSync(join(folder, "nginx.conf"), config);
  const args = ["-e", join(folder, "error.log"), "-p", folder, "-c", join(folder, "nginx.conf")];
  const nginx = spawn(findTool("nginx") ?? "nginx", args, { stdio: "inherit" });
  onTestFinished(async () => {
    const exited = once(nginx, "exit");
    if (nginx.exitCode === null && nginx.kill("SIGTERM")) await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  while (!(await accepts(port))) {
    if (nginx.exitCode !== null) throw new Error(`nginx has ended with ${nginx.exitCode}`);
    await pause(LOOK_MS);
  }
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connectTcp(port, "127.0.0.1");
  const [isOpen] = await Promise.race([once(socket, "connect").then(() => [true]), once(socket, "close")]).catch(
    () => [],
  );
  socket.destroy();
  return isOpen === true;
}

/** Waits until a server is ready to receive clients. */
export async function untilReady(metricsPort: number): Promise<void> {
  while ((await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).status !== 200) await pause(LOOK_MS);
}

/** Returns a token for the account, signed with the secret of the servers. */
export function token(): string {
  const claims = { sub: "alice", accounts: [ACCOUNT], exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const parts = [{ alg: "HS256", typ: "JWT" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const signature = createHmac("sha256", JWT_SECRET).update(parts.join(".")).digest("base64url");
  return [...parts, signature].join(".");
}

/** Called after each update that a client receives. */
let wake = () => {};

/** Calls a function after each update until it returns a value. */
export async function eventually<Value>(find: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = find();
    if (value !== undefined) return value;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

/** Connects a client that is subscribed to prices and to the orders of the account. It is closed after the test. */
export function connect(port: number) {
  const url = `ws://127.0.0.1:${port}/api/v1/ws`;
  const client = createClient({ url, WebSocket, getToken: token, backoffInitialMs: 50, backoffMaxMs: 200 });
  onTestFinished(() => client.close());
  /** The bars with their numbers in the stream, which are the same on all servers. */
  const received = new Set<string>();
  const placed = new Map<string, unknown>();
  client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, (bar, { offset }) => {
    received.add(`${offset}: ${JSON.stringify(bar)}`);
    wake();
  });
  client.subscribe(orders, { accountId: ACCOUNT }, (order) => {
    placed.set(order.id, order);
    wake();
  });
  return { received, placed };
}
