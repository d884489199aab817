import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** The last characters of the output that an error shows. */
const MAX_OUTPUT = 8_000;

/** The time in which a command and its processes stop after SIGTERM. */
const MAX_STOP_MS = 20_000;

/** Starts commands with the same environment, and ends those that still run. */
export class Processes {
  /** Variables of the commands, in addition to those of this process. @type {Record<string, string>} */
  env = {};
  /** The last output of the commands. */
  output = "";
  /** @type {Set<ChildProcess>} */
  #running = new Set();
  #folder;

  /** @param {string} folder the working directory of commands that have no other */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * Starts a command, in a separate process group.
   *
   * @param {string} command
   * @param {readonly string[]} args
   * @param {{ cwd?: string }} [options]
   */
  start(command, args, { cwd = this.#folder } = {}) {
    const env = { ...withoutPackageManager(process.env), ...this.env };
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.output = (this.output + text).slice(-MAX_OUTPUT);
      });
    }
    child.on("error", (error) => {
      this.output += error.message;
    });
    child.on("close", () => this.#running.delete(child));
    return child;
  }

  /**
   * Runs a command to its end.
   *
   * @param {string} command
   * @param {readonly string[]} args
   * @param {{ cwd?: string }} [options]
   */
  async run(command, args, options) {
    const [code] = await once(this.start(command, args, options), "close");
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed with ${code}.`);
  }

  /** Waits until a server of running commands replies. @param {string} url @param {ChildProcess[]} commands */
  async reachable(url, ...commands) {
    while (commands.every(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      const reply = await fetch(url).catch(() => undefined);
      await reply?.arrayBuffer();
      if (reply?.ok) return;
      await wait(100);
    }
    throw new Error(`${url} does not reply, and a command has ended.`);
  }

  /** Ends a command and the processes that it has started. @param {ChildProcess} child */
  async end(child) {
    if (!this.#running.has(child)) return;
    const closed = once(child, "close");
    process.kill(-Number(child.pid), "SIGTERM");
    const timer = setTimeout(() => process.kill(-Number(child.pid), "SIGKILL"), MAX_STOP_MS);
    await closed;
    clearTimeout(timer);
  }

  async stop() {
    await Promise.all([...this.#running].map((child) => this.end(child)));
  }
}

/** Removes what npm adds to the environment of a script, because the user of a rehearsal starts in a terminal. @param {NodeJS.ProcessEnv} env */
function withoutPackageManager(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(npm_|NODE_ENV$|INIT_CWD$)/i.test(name)));
}
