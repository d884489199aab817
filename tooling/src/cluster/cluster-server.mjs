import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../run.mjs";

/** Time after which a server that has ended is started again. In milliseconds. */
const RESTART_MS = 3_000;

/** The built reference server as a node of a cluster. Its log lines appear with its number in front. */
export class ClusterServer {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  #redisUrl;
  #stopped = new AbortController();
  /** From 1. */
  number;
  port;
  metricsPort = 0;

  /** @param {number} number @param {number} port @param {string} redisUrl */
  constructor(number, port, redisUrl) {
    this.number = number;
    this.port = port;
    this.#redisUrl = redisUrl;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Starts it, and waits until it has printed its addresses. From then on it is started again whenever it ends. */
  async start() {
    const child = spawn(process.execPath, [join(root, "apps/server/dist/main.js")], {
      env: {
        AUTH_MODE: "demo",
        LOG_FORMAT: "text",
        TRUSTED_PROXIES: "127.0.0.1",
        METRICS_PORT: "0",
        ...process.env,
        HOST: "127.0.0.1",
        PORT: `${this.port}`,
        REDIS_URL: this.#redisUrl,
      },
      // A separate process group, so that Ctrl+C does not end all servers at the same time.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const exited = once(child, "exit");
    createInterface({ input: child.stderr }).on("line", (line) => console.log(`server ${this.number} │ ${line}`));
    const listening = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const metricsPort = Number(/^metrics .*:(\d+)\//.exec(line)?.[1]);
        if (!metricsPort) return;
        this.metricsPort = metricsPort;
        resolve(true);
      });
    });
    if ((await Promise.race([listening, exited])) !== true) {
      throw new Error(`Server ${this.number} has not started: see its messages above.`);
    }
    void exited.then(([code, signal]) => this.#restart(signal ?? `exit code ${code}`));
  }

  /** Stops it in an orderly way. */
  async stop() {
    this.#stopped.abort();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }

  /** Starts it again after a while, until it runs. @param {string} reason why it does not run */
  async #restart(reason) {
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    console.log(`server ${this.number} │ ended (${reason}), and is started again in ${RESTART_MS / 1_000} s`);
    await pause(RESTART_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await this.start();
    } catch {
      return this.#restart("at its start");
    }
    console.log(`server ${this.number} │ runs again   kill -9 ${this.pid}`);
  }
}
