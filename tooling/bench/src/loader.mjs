import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onCore } from "./cores.mjs";

const SOURCE = fileURLToPath(new URL("loader.c", import.meta.url));
const CACHE = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));

/** Past it, a loader that has not seen what it waits for never will. */
const PATIENCE_MS = 60_000;

/**
 * What a loader saw since it was armed. `cpu` is its own.
 *
 * @typedef {{ frames: number, bytes: number, wallUs: number, cpuUs: number, p50Us: number, p99Us: number, maxUs: number }} Seen
 */

/**
 * Who a loader's connections are and what they subscribe to. Connection `i` sends, as its `j`th text of `each`, the text
 * number `floor(i / group) + j * stride`, round the end of the list.
 *
 * @typedef {object} Crowd
 * @property {number} port
 * @property {string} [path]
 * @property {number} connections
 * @property {readonly string[]} [texts] one reply each is awaited
 * @property {number} [each] texts a connection
 * @property {number} [group]
 * @property {number} [stride]
 * @property {string} [greeting] sent before the texts
 * @property {number} [greetings] frames to await after it
 * @property {string} [stamp] the field with the time of sending
 * @property {boolean} [stalled] never read again, once subscribed
 */

/** A process that is many clients; see loader.c. */
export class Loader {
  #process;
  #folder = mkdtempSync(join(tmpdir(), "bench-loader-"));
  /** Reports that nobody has awaited yet. @type {string[][]} */
  #reports = [];
  #onReport = () => {};
  /** @type {Error | undefined} */
  #failure;

  /** @param {Crowd} crowd */
  constructor({ port, path = "/", connections, texts = [], each = texts.length > 0 ? 1 : 0, ...rest }) {
    const file = join(this.#folder, "texts");
    writeFileSync(file, texts.map((text) => `${text}\n`).join(""));
    const options = { port, path, connections, texts: file, each, ...rest };
    const flags = Object.entries(options).flatMap(([name, value]) => {
      if (value === undefined || value === false) return [];
      return value === true ? [`--${name}`] : [`--${name}`, String(value)];
    });
    const [command, ...args] = onCore("loader", [compiled(), ...flags]);
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.on("exit", (code) => {
      this.#failure = new Error(`The loader ended with ${code}; what it said is above`);
      this.#onReport();
    });
    this.#process.stdin.on("error", () => {});
    createInterface(this.#process.stdout).on("line", (line) => {
      this.#reports.push(line.split(" "));
      this.#onReport();
    });
  }

  /** Resolves when every connection has its replies. */
  async ready() {
    await this.#next("ready");
    return this;
  }

  /** Whether every connection got its replies, and none was closed instead. */
  async answered() {
    const [report] = await this.#next("ready", "closed");
    return report === "ready";
  }

  /**
   * Counts what `work` makes the server send.
   *
   * @param {number} frames @param {() => Promise<unknown>} work @returns {Promise<Seen>}
   */
  async sees(frames, work) {
    this.#say(`expect ${frames}`);
    await this.#next("armed");
    const [seen] = await Promise.all([this.#seen(), work()]);
    return seen;
  }

  /** Each connection sends so many requests, a window at a time. @param {number} count @param {number} window */
  request(count, window) {
    this.#say(`request ${count} ${window}`);
    return this.#seen();
  }

  /** Connects, subscribes and cuts so often. @param {number} count */
  async cycle(count) {
    this.#say(`cycle ${count}`);
    await this.#next("cycled");
  }

  /** Ends the process; its connections with it. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill();
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @returns {Promise<Seen>} */
  async #seen() {
    const [, frames, bytes, wallUs, cpuUs, p50Us, p99Us, maxUs] = (await this.#next("seen")).map(Number);
    return { frames, bytes, wallUs, cpuUs, p50Us, p99Us, maxUs };
  }

  /** @param {string} command */
  #say(command) {
    this.#process.stdin.write(`${command}\n`);
  }

  /** The next report, which has to be one of these. @param {string[]} wanted @returns {Promise<string[]>} */
  async #next(...wanted) {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (this.#reports.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (deadline.aborted) throw new Error(`The loader waited ${PATIENCE_MS / 1000} s for "${wanted.join('" or "')}"`);
      await new Promise((resolve) => {
        this.#onReport = () => resolve(undefined);
        deadline.addEventListener("abort", this.#onReport);
      });
    }
    const report = /** @type {string[]} */ (this.#reports.shift());
    if (wanted.includes(report[0])) return report;
    const told = report[0] === "closed" ? `The server closed a connection with ${report[1]}` : report.join(" ");
    throw new Error(`${told}, while the bench waited for "${wanted.join('" or "')}"`);
  }
}

/** The loader's program, compiled once for each version of its source. @returns {string} its path */
function compiled() {
  const version = createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 12);
  const program = join(CACHE, `loader-${version}`);
  if (existsSync(program)) return program;
  if (process.platform !== "linux") throw new Error(`The loader needs Linux (epoll); this is ${process.platform}.`);
  mkdirSync(CACHE, { recursive: true });
  const compiler = process.env.CC ?? "cc";
  const { error, status, stderr } = spawnSync(compiler, ["-O2", "-o", program, SOURCE], { encoding: "utf8" });
  if (error !== undefined) {
    throw new Error(
      `The loader is a C program, and there is no compiler "${compiler}" (${error.message}).\n` +
        "Install gcc or clang (Debian: apt-get install gcc libc6-dev), or name yours in CC.",
    );
  }
  if (status !== 0) throw new Error(`${compiler} could not compile ${SOURCE}:\n${stderr}`);
  return program;
}
