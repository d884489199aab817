import { type ChildProcess, spawn } from "node:child_process";
import { Deadline } from "./deadline.js";
import { Lines } from "./lines.js";
import { encodeRequest, type Hello, LineError, PROTOCOL, parseHello, parseResult, type Request } from "./protocol.js";
import type { Vector } from "./vectors.js";

/** The reaction of an implementation to one case. */
export type Reply =
  | { readonly kind: "built"; readonly text: string }
  | { readonly kind: "refused"; readonly code: string; readonly message?: string | undefined }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "crashed"; readonly reason: string }
  | { readonly kind: "timed_out"; readonly reason: string };

/** The time limits of an implementation, in milliseconds. */
export interface Timeouts {
  /** Maximum time from process start to the hello. @default 10_000 */
  readonly helloTimeoutMs: number;
  /** Maximum time for one case, and for the exit after the bye. @default 5_000 */
  readonly caseTimeoutMs: number;
}

/** The command could not be started or did not send a valid hello, so the implementation could not be tested. */
export class HarnessError extends Error {
  override readonly name = "HarnessError";
}

/** Maximum number of characters of stderr to keep. They are shown when the process crashes. */
const STDERR_TAIL = 2000;

/** Milliseconds that a process has to exit after it closes stdout. Then it is killed. */
const GRACE_MS = 1000;

/** A running process that speaks the line protocol. Create one with {@link startImplementation}. */
export class Implementation {
  readonly hello: Hello;
  readonly #process: HarnessProcess;
  readonly #timeouts: Timeouts;
  #seq = 0;

  constructor(hello: Hello, process: HarnessProcess, timeouts: Timeouts) {
    this.hello = hello;
    this.#process = process;
    this.#timeouts = timeouts;
  }

  /**
   * Sends a case and waits for the result. After `crashed` and `timed_out` the process has ended; otherwise it can run
   * more cases.
   */
  async runCase({ op, route, input }: Vector): Promise<Reply> {
    const seq = ++this.#seq;
    const deadline = new Deadline(this.#timeouts.caseTimeoutMs);
    this.#process.send({ type: "case", seq, op, ...(route !== undefined && { route }), input });
    try {
      return await this.#result(seq, deadline);
    } finally {
      deadline.cancel();
    }
  }

  async #result(seq: number, deadline: Deadline): Promise<Reply> {
    for (;;) {
      const line = await this.#process.line(deadline);
      if (line === "timeout") {
        await this.#process.kill();
        return { kind: "timed_out", reason: `no result within ${this.#timeouts.caseTimeoutMs} ms` };
      }
      if (line === "end") return { kind: "crashed", reason: await this.#process.kill() };
      try {
        const result = parseResult(line);
        // A late result of an earlier case, which already failed because of an invalid line.
        if (result.seq < seq && result.seq > 0) continue;
        if (result.seq > seq)
          return { kind: "invalid", reason: `expected a result with seq ${seq}, got seq ${result.seq}` };
        if ("text" in result) return { kind: "built", text: result.text };
        return { kind: "refused", code: result.error, message: result.message };
      } catch (error) {
        if (error instanceof LineError) return { kind: "invalid", reason: error.message };
        throw error;
      }
    }
  }

  /**
   * Sends bye and waits for the process to exit.
   *
   * @returns a description of the problem if the process did not exit with code 0, otherwise undefined
   */
  async bye(): Promise<string | undefined> {
    this.#process.send({ type: "bye" });
    const deadline = new Deadline(this.#timeouts.caseTimeoutMs);
    let line = await this.#process.line(deadline);
    while (line !== "end" && line !== "timeout") line = await this.#process.line(deadline);
    deadline.cancel();
    if (line === "timeout") {
      await this.#process.kill();
      return `did not exit within ${this.#timeouts.caseTimeoutMs} ms after the bye`;
    }
    const reason = await this.#process.kill();
    return this.#process.exitCode === 0 ? undefined : `after the bye, the process ${reason}`;
  }

  /** Kills the process and its children. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }
}

/**
 * Starts a command and waits for its hello.
 *
 * @param command the program and its arguments; it is started without a shell
 * @throws HarnessError if the command cannot be started, or sends an invalid hello or none in time
 */
export async function startImplementation(
  command: readonly string[],
  {
    cwd,
    signal,
    ...timeouts
  }: Timeouts & { readonly cwd?: string | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Implementation> {
  const process = new HarnessProcess(command, cwd, signal);
  const commandLine = command.join(" ");
  try {
    await process.started;
  } catch (cause) {
    throw new HarnessError(`cannot start \`${commandLine}\`: ${(cause as Error).message}`, { cause });
  }
  process.send({ type: "hello", protocol: PROTOCOL });
  const deadline = new Deadline(timeouts.helloTimeoutMs);
  const line = await process.line(deadline);
  deadline.cancel();
  if (signal?.aborted) {
    await process.kill();
    throw signal.reason;
  }
  if (line === "timeout") {
    await process.kill();
    throw new HarnessError(
      `\`${commandLine}\` sent no hello within ${timeouts.helloTimeoutMs} ms${process.stderrNote()}`,
    );
  }
  if (line === "end") {
    throw new HarnessError(`\`${commandLine}\` sent no hello: the process ${await process.kill()}`);
  }
  try {
    return new Implementation(parseHello(line), process, timeouts);
  } catch (cause) {
    await process.kill();
    throw new HarnessError(`\`${commandLine}\`: ${(cause as Error).message}${process.stderrNote()}`, { cause });
  }
}

/** The child process of an implementation. Reads and writes lines, and kills all descendants at the end. */
class HarnessProcess {
  /** Resolves when the program has started. Rejects if it cannot be started. */
  readonly started: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lines: Lines;
  readonly #closed: Promise<void>;
  #stderr = "";

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
    // Writing to a process that has just exited fails. The end of stdout reports the exit, so the error is ignored.
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    this.#lines = new Lines(child.stdout);
    const abort = () => this.#killGroup();
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

  /** Returns the next line of stdout. After `timeout` a read is still pending, so the caller must kill the process. */
  async line(deadline: Deadline): Promise<Buffer | "end" | "timeout"> {
    try {
      return (await Promise.race([this.#lines.next(), deadline.exceeded])) ?? "end";
    } catch {
      return "end";
    }
  }

  /**
   * Kills the process and returns a description of how it ended. If stdout has already closed, the process first has
   * {@link GRACE_MS} to exit.
   */
  async kill(): Promise<string> {
    const { stdout } = this.#child;
    const grace = setTimeout(() => this.#killGroup(), GRACE_MS);
    if (stdout?.readableEnded === false) {
      this.#killGroup();
      // Unread output would keep the streams open, and `#closed` would never resolve.
      stdout.destroy();
    }
    await this.#closed;
    clearTimeout(grace);
    // Its children can outlive it.
    this.#killGroup();
    const { exitCode, signalCode } = this.#child;
    return `${signalCode === null ? `exited with code ${exitCode}` : `was killed by ${signalCode}`}${this.stderrNote()}`;
  }

  /** Returns the last stderr output, formatted to follow an error message. `""` if there is none. */
  stderrNote(): string {
    const text = this.#stderr.trim();
    return text === "" ? "" : `\n${text.replace(/^/gm, "    stderr: ")}`;
  }

  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") this.#child.kill("SIGKILL");
      else process.kill(-pid, "SIGKILL");
    } catch {
      // The process has already exited.
    }
  }
}
