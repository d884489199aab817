import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../src/free-port.mjs";
import { moveTo } from "../src/cores.mjs";

/**
 * Starts a node of Centrifugo. Updates are published by its HTTP API, a request for each turn of the event loop.
 *
 * @param {{ program: string, redisUrl?: string, hasHistory: boolean }} options `redisUrl` is undefined for a node that is alone
 */
export async function start({ program, redisUrl, hasHistory }) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bench-centrifugo-"));
  const config = join(folder, "config.json");
  const recovery = { history_size: 100, history_ttl: "300s", force_recovery: true };
  writeFileSync(
    config,
    JSON.stringify({
      http_server: { address: "127.0.0.1", port },
      ...(redisUrl && { engine: { type: "redis", redis: { address: [redisUrl] } } }),
      client: { insecure: true, ping_interval: "3600s", allowed_origins: ["*"], channel_limit: 1_000 },
      channel: { without_namespace: hasHistory ? recovery : {} },
      http_api: { insecure: true },
      health: { enabled: true },
      usage_stats: { disabled: true },
      log: { level: "error" },
    }),
  );
  const child = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "inherit"] });
  process.on("exit", () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  child.on("exit", (code) => {
    console.error(`Centrifugo exited with code ${code}`);
    process.exit(1);
  });
  // A node that is alone has its core to itself: this process, which calls its API, goes to that of the loader.
  if (!redisUrl) moveTo("loader", process.pid);
  while (!(await isHealthy(port))) await sleep(100);

  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** @type {object[]} */
  let commands = [];
  return {
    port,
    publish(/** @type {string} */ symbol, /** @type {object} */ update) {
      commands.push({ publish: { channel: symbol, data: update } });
    },
    endTurn() {
      const body = JSON.stringify({ commands });
      commands = [];
      void post(agent, port, body);
    },
    kill() {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
    cpuUs: () => cpuUsOf(/** @type {number} */ (child.pid)),
  };
}

/** @param {number} port */
async function isHealthy(port) {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @param {Agent} agent @param {number} port @param {string} body */
async function post(agent, port, body) {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const sent = request({ agent, port, host: "127.0.0.1", path: "/api/batch", method: "POST", headers }).end(body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  if (response.statusCode !== 200 || text.includes('"error"')) throw new Error(`Centrifugo refused: ${text}`);
}

/** Returns the CPU time of all threads of a process. @param {number} pid */
export function cpuUsOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return times.reduce((sum, ns) => sum + ns, 0) / 1000;
}
