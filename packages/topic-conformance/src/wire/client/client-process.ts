import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { killGroup } from "../../process-group.js";
import { firstMismatch, matches } from "../match.js";
import { WireFailure, WireFault } from "../scenario.js";
import { shorten, type Trace } from "../trace.js";
import { Waiter } from "../waiter.js";

/** The version of the line protocol for clients, which docs/wire.md describes. */
export const CLIENT_PROTOCOL = 1;

/** Maximum number of characters of stderr to keep. They are shown when the process ends early. */
const STDERR_TAIL = 2_000;

/** The first line of a client. */
export interface ClientHello {
  readonly name: string;
  readonly version: string;
  readonly features: readonly string[];
}

/** A line of the client. */
export type ClientEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** The process of the client under test, which speaks the line protocol over stdin and stdout. */
export class ClientProcess {
  hello!: ClientHello;
  readonly #child: ChildProcess;
  readonly #events: ClientEvent[] = [];
  readonly #waiter = new Waiter();
  readonly #closed: Promise<unknown>;
  #trace: Trace | undefined;
  #stderr = "";
  #end: string | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "close");
    child.stdin?.on("error", () => {});
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => this.#received(line));
    child.on("close", (code, signal) => {
      this.#end ??= `the process ended with ${signal ?? `code ${code}`}${this.#stderr && `\n${this.#stderr.trim()}`}`;
      this.#waiter.wake();
    });
  }

  /**
   * Starts the command, without a shell, and reads its hello.
   *
   * @throws WireFault if it cannot be started, or sends no valid hello
   */
  static async start(command: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<ClientProcess> {
    const [program = "", ...args] = command;
    // A process group, so that the children of a wrapper (npx, a shell script) end too.
    const child = spawn(program, args, { stdio: "pipe", detached: process.platform !== "win32" });
    try {
      await once(child, "spawn");
    } catch (cause) {
      throw new WireFault(`cannot start \`${command.join(" ")}\`: ${(cause as Error).message}`, { cause });
    }
    const client = new ClientProcess(child);
    signal?.addEventListener("abort", () => killGroup(child), { once: true });
    client.send({ type: "hello", protocol: CLIENT_PROTOCOL });
    try {
      const hello = await client.expect({ type: "hello", protocol: CLIENT_PROTOCOL }, timeoutMs);
      client.hello = readHello(hello);
      return client;
    } catch (cause) {
      await client.end();
      throw new WireFault(`\`${command.join(" ")}\`: ${(cause as Error).message}`, { cause });
    }
  }

  /** Whether the process has ended. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Rejects when the process ends, so that a scenario does not wait for a connection that cannot come. */
  async untilEnd(): Promise<never> {
    await this.#closed;
    throw new WireFailure("a client that goes on running", this.#end as string);
  }

  /** Begins a scenario: its lines go into the trace, and the remaining ones of the scenario before are dropped. */
  begin(trace: Trace): void {
    this.#trace = trace;
    this.#events.length = 0;
  }

  send(message: object): void {
    const line = JSON.stringify(message);
    this.#trace?.add("→", "stdin", line);
    this.#child.stdin?.write(`${line}\n`);
  }

  /**
   * Reads the next event, which must match the pattern. Events of the other optional types are skipped.
   *
   * @param withoutGap whether a gap is a failure; otherwise it is optional too
   */
  async expect(pattern: ClientEvent, timeoutMs: number, withoutGap = false): Promise<ClientEvent> {
    const wanted = JSON.stringify(pattern);
    for (;;) {
      await this.#waiter.until(wanted, timeoutMs, () => this.#events.length > 0 || this.hasEnded);
      const event = this.#events.shift();
      if (event === undefined) throw new WireFailure(wanted, this.#end as string);
      if (matches(pattern, event)) return event;
      const isOptional = OPTIONAL.has(event.type) && !(withoutGap && event.type === "gap");
      if (!isOptional) {
        throw new WireFailure(wanted, shorten(JSON.stringify(event)), firstMismatch(pattern, event));
      }
    }
  }

  /**
   * Closes the client of the scenario. Events that the scenario has not read are dropped.
   *
   * @returns whether the process has confirmed it in time
   */
  async close(timeoutMs: number): Promise<boolean> {
    this.send({ type: "close" });
    try {
      await this.#waiter.until(
        "closed",
        timeoutMs,
        () => this.hasEnded || this.#events.some(({ type }) => type === "closed"),
      );
      return !this.hasEnded;
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      return false;
    }
  }

  /** Sends bye, and kills the process if it does not exit. */
  async end(): Promise<void> {
    this.send({ type: "bye" });
    this.#child.stdin?.end();
    const timer = setTimeout(() => killGroup(this.#child), 1_000);
    await this.#closed;
    clearTimeout(timer);
    killGroup(this.#child);
  }

  #received(line: string): void {
    this.#trace?.add("←", "stdout", line);
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      event = undefined;
    }
    if (typeof (event as ClientEvent | undefined)?.type === "string") this.#events.push(event as ClientEvent);
    else {
      this.#end ??= `the line ${shorten(line)}, which is not a JSON object with a type`;
      killGroup(this.#child);
    }
    this.#waiter.wake();
  }
}

/** The events that a client can send at any time. A scenario reads them only if it expects one. */
const OPTIONAL: ReadonlySet<string> = new Set(["status", "state", "gap"]);

function readHello({ name, version, features }: ClientEvent): ClientHello {
  const isList = Array.isArray(features) && features.every((feature) => typeof feature === "string");
  if (typeof name === "string" && typeof version === "string" && isList) return { name, version, features };
  throw new WireFailure('a hello with "name", "version" and "features"', JSON.stringify({ name, version, features }));
}
