import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./run.mjs";

/** A command of the root package.json, such as `npm run cluster`, as a process that a test controls. */
export class Command {
  #child;
  #wake = () => {};
  /** The lines that it has printed, on both outputs. @type {string[]} */
  lines = [];

  /** @param {string} name @param {Readonly<Record<string, string>>} env in addition to the environment of this process */
  constructor(name, env) {
    this.#child = spawn(process.execPath, [join(root, "tooling/main.mjs"), name], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: output }).on("line", (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    this.#child.once("exit", () => this.#wake());
  }

  /**
   * Waits for a line.
   *
   * @param {RegExp} pattern
   * @param {number} [from] the index of the first line to look at. Default: 0
   * @returns {Promise<string[]>} the groups of the first line that matches
   * @throws {Error} if the command has ended before
   */
  async line(pattern, from = 0) {
    for (let at = from; ; at++) {
      while (at >= this.lines.length) {
        if (this.#hasEnded) throw new Error(`The command has ended without ${pattern}:\n${this.lines.join("\n")}`);
        await /** @type {Promise<void>} */ (new Promise((resolve) => (this.#wake = resolve)));
      }
      const match = pattern.exec(this.lines[at]);
      if (match) return match.slice(1);
    }
  }

  /** Stops it as Ctrl+C does. @returns {Promise<number | null>} its exit code */
  async stop() {
    if (this.#hasEnded) return this.#child.exitCode;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    return (await exited)[0];
  }

  get #hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
