import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { FromNode, NodeReport, NodeSettings, ToNode } from "./messages.js";

export interface NodeProcessOptions {
  /** The bundle of `main.ts`. */
  readonly program: string;
  readonly settings: NodeSettings;
  /** Called with what must not happen: an error that the engine has logged, or an exit. */
  readonly onProblem: (problem: string) => void;
}

/** A server of the cluster in a separate process. */
export class NodeProcess {
  /** Resolves with its port; rejects if it exits before. */
  readonly listening: Promise<number>;
  /** Undefined before it listens. */
  port: number | undefined;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #reports = new Map<number, (report: NodeReport) => void>();
  #lastId = 0;
  /** Whether it may exit. */
  #isEnding = false;

  constructor({ program, settings, onProblem }: NodeProcessOptions) {
    const child = fork(program, [JSON.stringify(settings)], { execArgv: [] });
    this.#child = child;
    this.#exited = once(child, "exit");
    this.listening = new Promise((resolve, reject) => {
      child.on("message", (message: FromNode) => {
        if (message.type === "error") onProblem(`A node has logged an error: ${message.message}`);
        else if (message.type === "report") this.#reports.get(message.id)?.(message.report);
        else {
          this.port = message.port;
          resolve(message.port);
        }
      });
      child.once("exit", (code, signal) => {
        if (!this.#isEnding) onProblem(`A node has exited: ${signal ?? code}`);
        reject(new Error("The node has exited before it has listened"));
      });
    });
    // Any caller that waits for it gets the error.
    this.listening.catch(() => {});
  }

  /** Whether it was not killed or closed. */
  get isWanted(): boolean {
    return !this.#isEnding;
  }

  /** Sends SIGKILL, and waits until it has exited. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Makes it stand still until `resume`. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Stops it in an orderly way. */
  async close(): Promise<void> {
    this.#isEnding = true;
    this.#send({ type: "close" });
    await this.#exited;
  }

  setQuiet(isQuiet: boolean): void {
    this.#send({ type: "quiet", isQuiet });
  }

  /** Returns its state; undefined if it exits before it replies. */
  async report(): Promise<NodeReport | undefined> {
    const id = ++this.#lastId;
    const report = new Promise<NodeReport>((resolve) => this.#reports.set(id, resolve));
    this.#send({ type: "report", id });
    const reply = await Promise.race([report, this.#exited.then(() => undefined)]);
    this.#reports.delete(id);
    return reply;
  }

  #send(message: ToNode): void {
    // A process that is ending does not get it.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
