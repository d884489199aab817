import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onCore } from "./cores.mjs";

const HOST = fileURLToPath(new URL("host.mjs", import.meta.url));

/**
 * A running server, as returned by `start(options)` of its file.
 *
 * @typedef {object} Streaming
 * @property {number} port
 * @property {(symbol: string, update: object) => void} publish
 * @property {() => void} [endTurn] called after the last update of a turn
 * @property {() => number} [cpuUs] CPU time in microseconds, of a server that is a separate program
 * @property {() => void} [kill] ends a server that is a separate program, with SIGKILL
 * @property {() => { connections: number, topics: number, subscriptions: number }} [counts]
 */

/**
 * Turns of the event loop in which the server publishes, at least `everyMs` apart. With `sameBar`, every update replaces
 * the previous one.
 *
 * @typedef {{ turns: number, updates: number, topics: number, first?: number, everyMs?: number, sameBar?: boolean }} Turns
 */

/**
 * A server that takes part in the comparison: its file, the protocol of its clients, and its options.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} file
 * @property {object} [options]
 * @property {{ path?: string, header?: string, greeting?: string, greetings?: number, lines?: boolean, tls?: boolean }} [dialect]
 * @property {(request: string) => string} [textOf] encodes a request in its protocol
 */

/** A server in a separate process, pinned to one core: that of the servers unless the settings name the loader's. */
export class Server {
  #process;
  #lastId = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #ready;
  #stopped = false;
  contender;
  port = 0;

  /** @param {Contender} contender @param {{ flags?: string[], options?: object, core?: "server" | "loader" }} [settings] flags are Node's */
  constructor(contender, { flags = [], options = {}, core = "server" } = {}) {
    this.contender = contender;
    const args = JSON.stringify({ ...contender.options, ...options });
    const [command, ...rest] = onCore(core, [process.execPath, ...flags, HOST, contender.file, args]);
    this.#process = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#ready = this.#reply(0);
    this.#process.on("message", (/** @type {{ id: number, result: any }} */ { id, result }) => {
      this.#waiting.get(id)?.resolve(result);
      this.#waiting.delete(id);
    });
    this.#process.on("exit", (code) => {
      if (this.#stopped) return;
      const error = new Error(`The server "${contender.name}" exited with code ${code}; see its output above`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  /** Whether the process has ended, or is about to. */
  get hasEnded() {
    return this.#stopped || this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async ready() {
    this.port = await this.#ready;
    return this;
  }

  /** @param {Turns} turns */
  publish(turns) {
    return this.#request("publish", turns);
  }

  /** Publishes updates of a load when they are due, see host.mjs. @param {{ load: string, count: number, pace: number }} arrivals */
  play(arrivals) {
    return this.#request("play", arrivals);
  }

  /** @returns {Promise<{ cpuUs: number, rss: number, heapUsed: number, held: number, arrayBuffers: number, handles: string[], counts?: ReturnType<NonNullable<Streaming["counts"]>> }>} */
  usage() {
    return this.#request("usage");
  }

  /** Returns the longest turn of the event loop during `work`. @param {() => Promise<unknown>} work @returns {Promise<{ cpuMs: number, wallMs: number }>} */
  async longestTurn(work) {
    await this.#request("probe");
    await work();
    return this.#request("probed");
  }

  /** Ends the server with SIGKILL. */
  async kill() {
    this.#stopped = true;
    const exited = new Promise((resolve) => this.#process.once("exit", resolve));
    void this.#request("kill");
    await exited;
  }

  /** Ends the process cleanly, so that it can write the profile of `--cpu-prof`. */
  async stop() {
    this.#stopped = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await exited;
  }

  /** @param {string} command @param {object} [argument] */
  #request(command, argument) {
    const reply = this.#reply(++this.#lastId);
    this.#process.send({ id: this.#lastId, command, argument });
    return reply;
  }

  /** @param {number} id @returns {Promise<any>} */
  #reply(id) {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }
}
