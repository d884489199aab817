import { type ChildProcess, spawn } from "node:child_process";
import type { Deadline } from "./deadline.js";
import { Lines } from "./lines.js";
import { killGroup } from "./process-group.js";
import { encodeRequest, type Request } from "./protocol.js";

/** Maximum number of characters of stderr to keep. They are shown when the process crashes. */
const STDERR_TAIL = 2000;

/** Milliseconds that a process has to exit after it closes stdout. Then it is killed. */
const GRACE_MS = 1000;

/** The child process of an implementation. Reads and writes lines, and kills all descendants at the end. */
export class HarnessProcess {
  /** Resolves when the program has started. Rejects if it cannot be started. */
  readonly started: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lines: Lines;
  readonly #closed: Promise<void>;
  /** Notifies the current {@link line} that the process has exited. */
  #onExit: (() => void) | undefined;
  #stderr = "";
  /** A description of the process's end, if its exit code alone would mislead. */
  #ending: string | undefined;

  constructor(command: readonly string[], cwd: string | undefined, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    const [program = "", ...args] = command;
    // Starts a process group, so that the children of a wrapper (go run, npx, a shell script) can be killed too.
    const child = spawn(program, args, { cwd, stdio: "pipe", detached: process.platform !== "win32" });
    this.#child = child;
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    this.#closed = new Promise((resolve) => child.once("close", () => resolve()));
    child.once("exit", () => this.#onExit?.());
    // Writing to a process that has just exited fails. The end of stdout reports the exit, so the error is ignored.
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    this.#lines = new Lines(child.stdout);
    const abort = () => killGroup(this.#child);
    signal?.addEventListener("abort", abort, { once: true });
    this.#closed.finally(() => signal?.removeEventListener("abort", abort));
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  send(request: Request): void {
    this.#child.stdin?.write(encodeRequest(request));
    if (request.type === "bye") this.#child.stdin?.end();
  }

  /**
   * Returns the next line of stdout. After `timeout` and `orphaned` a read is still pending, so the caller must kill the
   * process. `orphaned`: the process has exited, but a child of it keeps stdout open.
   */
  async line(deadline: Deadline): Promise<Buffer | "end" | "timeout" | "orphaned"> {
    // A promise for each line: one of the exit would keep every line that was raced with it until the process exits.
    const orphaned = new Promise<"orphaned">((resolve) => {
      this.#onExit = () => setTimeout(resolve, GRACE_MS, "orphaned").unref();
    });
    if (!this.#isRunning()) this.#onExit?.();
    try {
      const line = (await Promise.race([this.#lines.next(), deadline.exceeded, orphaned])) ?? "end";
      if (line === "orphaned") this.#ending = "but a process that it started keeps its stdout open";
      return line;
    } catch {
      return "end";
    } finally {
      this.#onExit = undefined;
    }
  }

  #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Kills the process and returns a description of how it ended. If stdout has already closed, the process first has
   * {@link GRACE_MS} to exit.
   */
  async kill(): Promise<string> {
    const { stdout } = this.#child;
    let closedStdout = false;
    const grace = setTimeout(() => {
      closedStdout = this.#isRunning() && stdout?.readableEnded === true;
      killGroup(this.#child);
    }, GRACE_MS);
    if (stdout?.readableEnded === false) {
      killGroup(this.#child);
      // Unread output would keep the streams open, and `#closed` would never resolve.
      stdout.destroy();
    }
    await this.#closed;
    clearTimeout(grace);
    // Its children can outlive it.
    killGroup(this.#child);
    const { exitCode, signalCode } = this.#child;
    if (closedStdout) return `closed its stdout but did not exit within ${GRACE_MS} ms${this.stderrNote()}`;
    const exit = signalCode === null ? `exited with code ${exitCode}` : `was killed by ${signalCode}`;
    return `${exit}${this.#ending === undefined ? "" : `, ${this.#ending}`}${this.stderrNote()}`;
  }

  /** Returns the last stderr output, formatted to follow an error message. `""` if there is none. */
  stderrNote(): string {
    const text = this.#stderr.trim();
    return text === "" ? "" : `\n${text.replace(/^/gm, "    stderr: ")}`;
  }
}
