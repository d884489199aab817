import { type ChildProcess, spawn } from "node:child_process";
import { Deadline } from "./deadline.js";
import { Lines } from "./lines.js";
import {
  type BatchResult,
  encodeRequest,
  type Hello,
  LineError,
  PROTOCOL,
  parseBatch,
  parseHello,
  parseResult,
  type Request,
  type Result,
} from "./protocol.js";
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

function toReply(result: Result): Reply {
  if ("text" in result) return { kind: "built", text: result.text };
  return { kind: "refused", code: result.error, message: result.message };
}

/** A running process that speaks the line protocol. Create one with {@link startImplementation}. */
export class Implementation {
  readonly hello: Hello;
  readonly #process: HarnessProcess;
  readonly #timeouts: Timeouts;
  #seq = 0;
  /** The cases without a result, in the order in which they were sent. */
  readonly #pending: number[] = [];
  /** Results that came before that of an earlier case. */
  readonly #early = new Map<number, Result>();
  /** Cases that failed because of an invalid line. Their result may still follow. */
  readonly #late = new Set<number>();
  #breach: string | undefined;

  constructor(hello: Hello, process: HarnessProcess, timeouts: Timeouts) {
    this.hello = hello;
    this.#process = process;
    this.#timeouts = timeouts;
  }

  /** The first breach of the protocol, if each case had a result in spite of it. */
  get breach(): string | undefined {
    return this.#breach;
  }

  /** Sends a case. Its result is that of a later {@link nextReply}, in the order of the cases. */
  sendCase(vector: Vector): void {
    this.#send(vector);
  }

  #send({ op, route, input }: Pick<Vector, "op" | "route" | "input">): void {
    const seq = ++this.#seq;
    this.#pending.push(seq);
    this.#process.send({ type: "case", seq, op, ...(route !== undefined && { route }), input });
  }

  /**
   * Waits for the result of the oldest case without one. After `crashed` and `timed_out` the process has ended, and the
   * other cases must be sent to a new one.
   */
  async nextReply(): Promise<Reply> {
    const seq = this.#pending.shift();
    if (seq === undefined) throw new Error("nextReply() without a case: call sendCase() first");
    const early = this.#early.get(seq);
    if (early !== undefined) return toReply(early);
    const deadline = new Deadline(this.#timeouts.caseTimeoutMs);
    try {
      return await this.#result(seq, deadline);
    } finally {
      deadline.cancel();
    }
  }

  /** Sends a case and waits for its result. */
  async runCase(vector: Vector): Promise<Reply> {
    this.sendCase(vector);
    return this.nextReply();
  }

  /** Sends values to build the parameters of. A harness without the feature `batch` gets them as cases. */
  sendBatch(inputs: readonly unknown[]): void {
    if (!this.hello.features.includes("batch")) {
      for (const input of inputs) this.#send({ op: "params", input });
      return;
    }
    const seq = ++this.#seq;
    this.#pending.push(seq);
    this.#process.send({ type: "batch", seq, inputs });
  }

  /**
   * Waits for the results of the oldest batch without them.
   *
   * @returns the results, or what happened instead. The process must be killed then
   */
  async nextBatch(size: number): Promise<readonly BatchResult[] | string> {
    if (!this.hello.features.includes("batch")) return this.#nextCases(size);
    const seq = this.#pending.shift() as number;
    const deadline = new Deadline(this.#timeouts.caseTimeoutMs);
    try {
      const line = await this.#process.line(deadline);
      if (line === "timeout") return `no result within ${this.#timeouts.caseTimeoutMs} ms`;
      if (typeof line === "string") return await this.#process.kill();
      return parseBatch(line, seq, size);
    } catch (error) {
      if (error instanceof LineError) return error.message;
      throw error;
    } finally {
      deadline.cancel();
    }
  }

  async #nextCases(size: number): Promise<readonly BatchResult[] | string> {
    const results: BatchResult[] = [];
    while (results.length < size) {
      const reply = await this.nextReply();
      if (reply.kind === "built") results.push(reply.text);
      else if (reply.kind === "refused") results.push({ error: reply.code });
      else return reply.reason;
    }
    return results;
  }

  async #result(seq: number, deadline: Deadline): Promise<Reply> {
    for (;;) {
      const line = await this.#process.line(deadline);
      if (line === "timeout") {
        await this.#process.kill();
        return { kind: "timed_out", reason: `no result within ${this.#timeouts.caseTimeoutMs} ms` };
      }
      if (line === "end" || line === "orphaned") return { kind: "crashed", reason: await this.#process.kill() };
      let result: Result;
      try {
        result = parseResult(line);
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        this.#late.add(seq);
        return { kind: "invalid", reason: error.message };
      }
      if (result.seq === seq) return toReply(result);
      if (!this.#accountFor(result, seq)) {
        this.#late.add(seq);
        return { kind: "invalid", reason: `expected a result with seq ${seq}, got seq ${result.seq}` };
      }
    }
  }

  /** Records a result that is not of the expected case: late, early or twice. Returns false if no case with its number was sent. */
  #accountFor(result: Result, expected: number): boolean {
    if (this.#late.delete(result.seq)) return true;
    if (this.#pending.includes(result.seq) && !this.#early.has(result.seq)) {
      this.#early.set(result.seq, result);
      this.#breach ??= `answered out of order: the result with seq ${result.seq} came before that with seq ${expected}`;
      return true;
    }
    if (result.seq < 1 || result.seq > this.#seq) return false;
    this.#breach ??= `answered twice: a second result with seq ${result.seq}`;
    return true;
  }

  /**
   * Sends bye and waits for the process to exit.
   *
   * @returns a description of the problem if the process sent another line or did not exit with code 0, otherwise
   *   undefined
   */
  async bye(): Promise<string | undefined> {
    this.#process.send({ type: "bye" });
    const deadline = new Deadline(this.#timeouts.caseTimeoutMs);
    let line = await this.#process.line(deadline);
    while (typeof line !== "string") {
      this.#checkAfterBye(line);
      line = await this.#process.line(deadline);
    }
    deadline.cancel();
    if (line === "timeout") {
      await this.#process.kill();
      return `did not exit within ${this.#timeouts.caseTimeoutMs} ms after the bye`;
    }
    const reason = await this.#process.kill();
    if (this.#breach !== undefined) return this.#breach;
    return this.#process.exitCode === 0 && line === "end" ? undefined : `after the bye, the process ${reason}`;
  }

  #checkAfterBye(line: Buffer): void {
    try {
      const result = parseResult(line);
      if (this.#accountFor(result, this.#seq)) return;
      this.#breach ??= `answered a case that was not sent: a result with seq ${result.seq}`;
    } catch (error) {
      // A line of another kind after an invalid line can belong to that one.
      if (!(error instanceof LineError)) throw error;
      if (this.#late.size === 0) this.#breach ??= `after the last result, ${error.message}`;
    }
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
  if (line === "end" || line === "orphaned") {
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
      this.#killGroup();
    }, GRACE_MS);
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
    if (closedStdout) return `closed its stdout but did not exit within ${GRACE_MS} ms${this.stderrNote()}`;
    const exit = signalCode === null ? `exited with code ${exitCode}` : `was killed by ${signalCode}`;
    return `${exit}${this.#ending === undefined ? "" : `, ${this.#ending}`}${this.stderrNote()}`;
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
