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

/** Milliseconds to wait for a report of the loader before giving up. */
const REPORT_TIMEOUT_MS = 60_000;
/** Milliseconds to wait until all connections have subscribed. A thousand handshakes with TLS take seconds, also on a quiet machine. */
const READY_TIMEOUT_MS = 180_000;

/**
 * Counts, times and latencies of the frames since the loader was armed. `cpuUs` is the CPU time of the loader.
 *
 * @typedef {{ frames: number, bytes: number, wallUs: number, cpuUs: number, p50Us: number, p99Us: number, maxUs: number }} Measurement
 */

/**
 * The connections of a loader and the texts that they send. The `j`th of the `each` texts of connection `i` is
 * `texts[(floor(i / group) + j * stride) % texts.length]`.
 *
 * @typedef {object} LoaderOptions
 * @property {number} port
 * @property {string} [path]
 * @property {string} [header] a further header of the handshake
 * @property {number} connections
 * @property {readonly string[]} [texts] requests; the loader awaits one reply to each
 * @property {number} [each] texts per connection
 * @property {number} [group]
 * @property {number} [stride]
 * @property {string} [greeting] sent before the texts
 * @property {number} [greetings] number of frames to await after the greeting
 * @property {string} [stamp] name of the field with the time of creation
 * @property {boolean} [stalled] stops reading after subscribing
 * @property {number} [ramp] maximum number of connections that are being established, 64 by default
 * @property {boolean} [lines] counts each line of a frame as a frame
 * @property {boolean} [tls]
 * @property {"server" | "loader"} [core] the core that it runs on; that of the loaders by default
 */

/** A process with many clients; see loader.c. */
export class Loader {
  #process;
  #folder = mkdtempSync(join(tmpdir(), "bench-loader-"));
  /** Reports that have not been awaited yet. @type {string[][]} */
  #reports = [];
  #onReport = () => {};
  /** @type {Error | undefined} */
  #failure;

  /** @param {LoaderOptions} options */
  constructor({
    port,
    path = "/",
    connections,
    texts = [],
    each = texts.length > 0 ? 1 : 0,
    core = "loader",
    tls = false,
    ...rest
  }) {
    const file = join(this.#folder, "texts");
    writeFileSync(file, texts.map((text) => `${text}\n`).join(""));
    const options = { port, path, connections, texts: file, each, ...rest };
    const flags = Object.entries(options).flatMap(([name, value]) => {
      if (value === undefined || value === false) return [];
      return value === true ? [`--${name}`] : [`--${name}`, String(value)];
    });
    const [command, ...args] = onCore(core, [compileLoader(tls), ...flags]);
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.on("exit", (code) => {
      this.#failure = new Error(`The loader exited with code ${code}; see its output above`);
      this.#onReport();
    });
    this.#process.stdin.on("error", () => {});
    createInterface(this.#process.stdout).on("line", (line) => {
      this.#reports.push(line.split(" "));
      this.#onReport();
    });
  }

  /** Resolves when every connection has received its replies. */
  async ready() {
    await this.#next(["ready"], READY_TIMEOUT_MS);
    return this;
  }

  /** Returns whether every connection received its replies; false if the server closed one. */
  async gotReplies() {
    const [report] = await this.#next(["ready", "closed"]);
    return report === "ready";
  }

  /**
   * Counts and times the frames that the server sends because of `work`, until `frames` have arrived.
   *
   * @param {number} frames @param {() => Promise<unknown>} work @param {number} [timeoutMs] @returns {Promise<Measurement>}
   */
  async countFrames(frames, work, timeoutMs) {
    this.#send(`expect ${frames}`);
    await this.#next(["armed"]);
    const [measured] = await Promise.all([this.#nextMeasurement(timeoutMs), work()]);
    return measured;
  }

  /** Sends `count` requests on each connection, at most `window` in flight. @param {number} count @param {number} window */
  request(count, window) {
    this.#send(`request ${count} ${window}`);
    return this.#nextMeasurement();
  }

  /** Connects, subscribes and disconnects `count` times. @param {number} count */
  async cycle(count) {
    this.#send(`cycle ${count}`);
    await this.#next(["cycled"]);
  }

  /** Ends the process and with it all connections. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill();
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param {number} [timeoutMs] @returns {Promise<Measurement>} */
  async #nextMeasurement(timeoutMs) {
    const [, frames, bytes, wallUs, cpuUs, p50Us, p99Us, maxUs] = (await this.#next(["seen"], timeoutMs)).map(Number);
    return { frames, bytes, wallUs, cpuUs, p50Us, p99Us, maxUs };
  }

  /** @param {string} command */
  #send(command) {
    this.#process.stdin.write(`${command}\n`);
  }

  /** Returns the next report; throws if it is not one of the wanted ones. @param {string[]} wanted @param {number} [timeoutMs] @returns {Promise<string[]>} */
  async #next(wanted, timeoutMs = REPORT_TIMEOUT_MS) {
    const deadline = AbortSignal.timeout(timeoutMs);
    while (this.#reports.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (deadline.aborted)
        throw new Error(`The loader did not report within ${timeoutMs / 1000} s: expected "${wanted.join('" or "')}"`);
      await new Promise((resolve) => {
        this.#onReport = () => resolve(undefined);
        deadline.addEventListener("abort", this.#onReport);
      });
    }
    const report = /** @type {string[]} */ (this.#reports.shift());
    if (wanted.includes(report[0])) return report;
    const problem = report[0] === "closed" ? `The server closed a connection with ${report[1]}` : report.join(" ");
    throw new Error(`${problem}, while the bench waited for "${wanted.join('" or "')}"`);
  }
}

/** Compiles the loader unless this version of it is compiled. @param {boolean} [tls] requires OpenSSL's headers @returns {string} the path of the program */
export function compileLoader(tls = false) {
  const version = createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 12);
  const program = join(CACHE, `loader-${version}${tls ? "-tls" : ""}`);
  if (existsSync(program)) return program;
  if (process.platform !== "linux") throw new Error(`The loader needs Linux (epoll); this is ${process.platform}.`);
  mkdirSync(CACHE, { recursive: true });
  const compiler = process.env.CC ?? "cc";
  const { error, status, stderr } = spawnSync(
    compiler,
    ["-O2", "-o", program, SOURCE, ...(tls ? ["-DTLS", "-lssl", "-lcrypto"] : [])],
    { encoding: "utf8" },
  );
  if (error !== undefined) {
    throw new Error(
      `The loader is a C program, but the compiler "${compiler}" could not be started (${error.message}).\n` +
        "Install gcc or clang (Debian: apt-get install gcc libc6-dev), or set CC to your compiler.",
    );
  }
  if (status !== 0) throw new Error(`${compiler} could not compile ${SOURCE}:\n${stderr}`);
  return program;
}
