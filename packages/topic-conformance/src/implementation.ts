import { Deadline } from "./deadline.js";
import { HarnessProcess } from "./harness-process.js";
import {
  type BatchResult,
  type Hello,
  LineError,
  PROTOCOL,
  parseBatch,
  parseHello,
  parseResult,
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
