import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onCore } from "./cores.mjs";

const HOST = fileURLToPath(new URL("host.mjs", import.meta.url));

/**
 * What a server's file makes with `start(options)`.
 *
 * @typedef {object} Streaming
 * @property {number} port
 * @property {(symbol: string, update: object) => void} publish
 * @property {() => void} [endTurn] called when a turn's updates are published
 * @property {() => { connections: number, topics: number, subscriptions: number }} [counts]
 */

/**
 * Turns of the event loop to publish in, one each `everyMs` at the earliest. With `sameBar`, every update supersedes the
 * one before it.
 *
 * @typedef {{ turns: number, updates: number, topics: number, first?: number, everyMs?: number, sameBar?: boolean }} Turns
 */

/**
 * A contender: its file, how its clients speak, and its options.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} file
 * @property {object} [options]
 * @property {{ path?: string, greeting?: string, greetings?: number }} [dialect]
 * @property {(request: string) => string} [textOf] a request, in its protocol
 */

/** A server in a process of its own, on its own core. */
export class Server {
  #process;
  #asked = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #ready;
  #stopped = false;
  contender;
  port = 0;

  /** @param {Contender} contender @param {{ flags?: string[], options?: object }} [settings] flags are Node's */
  constructor(contender, { flags = [], options = {} } = {}) {
    this.contender = contender;
    const args = JSON.stringify({ ...contender.options, ...options });
    const [command, ...rest] = onCore("server", [process.execPath, ...flags, HOST, contender.file, args]);
    this.#process = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#ready = this.#answer(0);
    this.#process.on("message", (/** @type {{ id: number, result: any }} */ { id, result }) => {
      this.#waiting.get(id)?.resolve(result);
      this.#waiting.delete(id);
    });
    this.#process.on("exit", (code) => {
      if (this.#stopped) return;
      const error = new Error(`The server "${contender.name}" ended with ${code}; what it said is above`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  async ready() {
    this.port = await this.#ready;
    return this;
  }

  /** @param {Turns} turns */
  publish(turns) {
    return this.#ask("publish", turns);
  }

  /** @returns {Promise<{ cpuUs: number, rss: number, heapUsed: number, held: number, arrayBuffers: number, handles: string[], counts?: ReturnType<NonNullable<Streaming["counts"]>> }>} */
  usage() {
    return this.#ask("usage");
  }

  /** The longest turn of its event loop during `work`, in milliseconds. @param {() => Promise<unknown>} work @returns {Promise<number>} */
  async longestBlock(work) {
    await this.#ask("probe");
    await work();
    return this.#ask("probed");
  }

  /** Ends the process, cleanly: with `--cpu-prof` it writes its profile. */
  async stop() {
    this.#stopped = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await gone;
  }

  /** @param {string} command @param {object} [argument] */
  #ask(command, argument) {
    const answer = this.#answer(++this.#asked);
    this.#process.send({ id: this.#asked, command, argument });
    return answer;
  }

  /** @param {number} id @returns {Promise<any>} */
  #answer(id) {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }
}
