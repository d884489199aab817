import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../src/run.mjs";

const MAIN = join(root, "apps/server/dist/main.js");
const MONITOR = new URL("monitor.mjs", import.meta.url).href;

/** Time that the server has to start, and to stop, in milliseconds. */
const START_MS = 60_000;
const STOP_MS = 10_000;

/** No rates: for measuring the cost of requests, not that of their refusals. */
export const WITHOUT_RATES = {
  MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS: "0",
  MAX_REQUESTS_PER_SECOND_PER_ADDRESS: "0",
  MAX_REQUESTS_PER_SECOND_PER_USER: "0",
  MAX_ORDERS_PER_SECOND_PER_ACCOUNT: "0",
};

/** The reference server as it is shipped, in a separate process, on a free port of 127.0.0.1. */
export class Server {
  #process;
  #directory;
  #lastId = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #errors = "";
  port = 0;
  /** @type {number | undefined} the exit code once the process has ended */
  exitCode;

  /** @param {Record<string, string | undefined>} environment */
  constructor(environment) {
    this.#directory = mkdtempSync(join(tmpdir(), "costs-"));
    this.#process = spawn(process.execPath, ["--expose-gc", "--import", MONITOR, MAIN], {
      env: {
        ...process.env,
        LOG_LEVEL: "error",
        LOG_FORMAT: "text",
        AUTH_MODE: "demo",
        ...environment,
        PORT: "0",
        DATA_DIR: this.#directory,
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    this.#process.on("message", (/** @type {{ id: number, result: any }} */ { id, result }) => {
      this.#waiting.get(id)?.resolve(result);
      this.#waiting.delete(id);
    });
    this.#process.on("exit", (code) => {
      this.exitCode = code ?? 1;
      const error = new Error(`The server exited with code ${code}. Its last log lines:\n${this.#errors}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /** Starts a server. @param {Record<string, string | undefined>} [environment] */
  static async start(environment = {}) {
    const server = new Server(environment);
    await server.#started();
    return server;
  }

  /** The process id. */
  get pid() {
    return this.#process.pid;
  }

  /** Starts the measurement of time. @returns {Promise<void>} */
  startTime() {
    return this.#ask("start");
  }

  /** Returns the time since `startTime`. @returns {Promise<{ longestMs: number, cpuMs: number }>} */
  time() {
    return this.#ask("time");
  }

  /** Returns the number of open connections of the process. @returns {Promise<number>} */
  connections() {
    return this.#ask("connections");
  }

  /** Returns the bytes that the process keeps after a garbage collection. @returns {Promise<number>} */
  memory() {
    return this.#ask("memory");
  }

  async stop() {
    if (this.exitCode === undefined) {
      const exited = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(timer);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** @param {string} command @returns {Promise<any>} */
  #ask(command) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.exitCode !== undefined) {
        reject(new Error(`The server exited with code ${this.exitCode}. Its last log lines:\n${this.#errors}`));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, command });
    });
  }

  async #started() {
    let output = "";
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), START_MS);
    this.#process.stdout?.setEncoding("utf8");
    for await (const text of this.#process.stdout ?? []) {
      output += text;
      const [, port] = /^page .*:(\d+)\/$/m.exec(output) ?? [];
      if (port === undefined) continue;
      this.port = Number(port);
      break;
    }
    clearTimeout(timer);
    if (this.port === 0) throw new Error(`The server did not start. Its last log lines:\n${this.#errors}`);
  }
}

/**
 * Returns the server's variables with their values, as its `--help` lists them.
 *
 * @param {Record<string, string | undefined>} environment
 * @returns {Map<string, string>}
 */
export function settings(environment) {
  const { stdout } = spawnSync(process.execPath, [MAIN, "--help"], { encoding: "utf8" });
  const rows = stdout.matchAll(/^ {2}([A-Z][A-Z0-9_]+)\n(?: {6}.*\n)*? {6}.*; default: (.*)$/gm);
  return new Map(Array.from(rows, ([, name, byDefault]) => [name ?? "", environment[name ?? ""] || (byDefault ?? "")]));
}
