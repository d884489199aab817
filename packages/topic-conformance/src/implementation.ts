import { type ChildProcess, spawn } from "node:child_process";
import { Lines } from "./lines.js";
import { encodeRequest, type Hello, LineError, PROTOCOL, parseHello, parseResult, type Request } from "./protocol.js";
import type { Vector } from "./vectors.js";

/** What an implementation did when it was asked one case. */
export type Answer =
  | { readonly kind: "built"; readonly text: string }
  | { readonly kind: "refused"; readonly code: string; readonly message?: string | undefined }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "crashed"; readonly reason: string }
  | { readonly kind: "timed_out"; readonly reason: string };

/** How long an implementation may take, in milliseconds. */
export interface Timeouts {
  /** From the start of the process to its hello. @default 10_000 */
  readonly helloTimeoutMs: number;
  /** For the answer to one case, and for the end after the bye. @default 5_000 */
  readonly caseTimeoutMs: number;
}

/** The command could not be started, did not introduce itself, or broke the protocol: nothing is known of its bytes. */
export class HarnessError extends Error {
  override readonly name = "HarnessError";
}

/** Kept of what an implementation writes to stderr, to be shown when it crashes. */
const STDERR_TAIL = 2000;

/** From the end of a process's output to its own exit, in milliseconds. */
const GRACE_MS = 1000;

/** A running process that speaks the line protocol. Started by {@link startImplementation}. */
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

  /** Asks one case. After `crashed` and `timed_out` the process is gone; after the others it can be asked again. */
  async ask({ op, route, input }: Vector): Promise<Answer> {
    const seq = ++this.#seq;
    const deadline = performance.now() + this.#timeouts.caseTimeoutMs;
    this.#process.send({ type: "case", seq, op, ...(route !== undefined && { route }), input });
    for (;;) {
      const line = await this.#process.line(deadline - performance.now());
      if (line === "timeout") {
        await this.#process.kill();
        return { kind: "timed_out", reason: `no answer within ${this.#timeouts.caseTimeoutMs} ms` };
      }
      if (line === "end") return { kind: "crashed", reason: await this.#process.kill() };
      try {
        const result = parseResult(line);
        // The late answer to a case that an invalid line has already failed.
        if (result.seq < seq && result.seq > 0) continue;
        if (result.seq > seq) return { kind: "invalid", reason: `answered seq ${result.seq}, was asked ${seq}` };
        if ("text" in result) return { kind: "built", text: result.text };
        return { kind: "refused", code: result.error, message: result.message };
      } catch (error) {
        if (error instanceof LineError) return { kind: "invalid", reason: error.message };
        throw error;
      }
    }
  }

  /**
   * Says bye and waits for the process to end.
   *
   * @returns what was wrong with the end: undefined where it left with exit code 0
   */
  async bye(): Promise<string | undefined> {
    this.#process.send({ type: "bye" });
    const deadline = performance.now() + this.#timeouts.caseTimeoutMs;
    for (;;) {
      const line = await this.#process.line(deadline - performance.now());
      if (line === "end") break;
      if (line === "timeout") {
        await this.#process.kill();
        return `did not exit within ${this.#timeouts.caseTimeoutMs} ms of the bye`;
      }
    }
    const reason = await this.#process.kill();
    return this.#process.exitCode === 0 ? undefined : `after the bye it ${reason}`;
  }

  /** Ends the process and everything it started. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }
}

/**
 * Starts a command and waits for its hello.
 *
 * @param command the program and its arguments; no shell takes part
 * @throws HarnessError where it cannot be started or introduces itself wrongly or too late
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
  const shown = command.join(" ");
  try {
    await process.started;
  } catch (cause) {
    throw new HarnessError(`cannot start \`${shown}\`: ${(cause as Error).message}`, { cause });
  }
  process.send({ type: "hello", protocol: PROTOCOL });
  const line = await process.line(timeouts.helloTimeoutMs);
  if (signal?.aborted) {
    await process.kill();
    throw signal.reason;
  }
  if (line === "timeout") {
    await process.kill();
    throw new HarnessError(`\`${shown}\` sent no hello within ${timeouts.helloTimeoutMs} ms${process.stderrNote()}`);
  }
  if (line === "end") {
    throw new HarnessError(`\`${shown}\` sent no hello: it ${await process.kill()}`);
  }
  try {
    return new Implementation(parseHello(line), process, timeouts);
  } catch (cause) {
    await process.kill();
    throw new HarnessError(`\`${shown}\`: ${(cause as Error).message}${process.stderrNote()}`, { cause });
  }
}

/** The process behind an implementation: lines in, lines out, and an end that leaves nothing behind. */
class HarnessProcess {
  /** Fulfilled when the program runs, rejected when there is no such program. */
  readonly started: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lines: Lines;
  readonly #closed: Promise<void>;
  #stderr = "";

  constructor(command: readonly string[], cwd: string | undefined, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    const [program = "", ...args] = command;
    // A group of its own, so that a wrapper (go run, npx, a shell script) does not leave its children running.
    const child = spawn(program, args, { cwd, stdio: "pipe", detached: process.platform !== "win32" });
    this.#child = child;
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    this.#closed = new Promise((resolve) => child.once("close", () => resolve()));
    // Writing to a process that has just died fails; its end is seen on stdout.
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

  /** The next line of stdout. After `timeout` the process must be killed, since a read is still under way. */
  async line(timeoutMs: number): Promise<Buffer | "end" | "timeout"> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<"timeout">((resolve) => {
      timer = setTimeout(resolve, timeoutMs, "timeout");
    });
    try {
      return (await Promise.race([this.#lines.next(), timeout])) ?? "end";
    } catch {
      return "end";
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process, and says how it ended. One whose output has ended gets a second to exit by itself. */
  async kill(): Promise<string> {
    const { stdout } = this.#child;
    const grace = setTimeout(() => this.#killGroup(), GRACE_MS);
    if (stdout?.readableEnded === false) {
      this.#killGroup();
      // Output that nobody reads would keep the streams, and so this wait, open.
      stdout.destroy();
    }
    await this.#closed;
    clearTimeout(grace);
    // What it started may live on after it.
    this.#killGroup();
    const { exitCode, signalCode } = this.#child;
    return `${signalCode === null ? `exited with code ${exitCode}` : `was ended by ${signalCode}`}${this.stderrNote()}`;
  }

  /** The last words of the process, to be put behind a sentence. */
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
      // Already gone.
    }
  }
}
