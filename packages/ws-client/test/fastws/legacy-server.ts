import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LEGACY_FOLDER } from "./python.js";

/** The counters of the FastWS server. */
export interface LegacyState {
  /** Subscribes minus unsubscribes of all clients, by topic; absent at zero. */
  readonly counts: Readonly<Record<string, number>>;
  /** Topics whose source has been created and not removed. */
  readonly running: readonly string[];
  /** The number of handled messages since the start, by type. */
  readonly received: Readonly<Record<string, number>>;
  /** Connections since the start. */
  readonly connected: number;
  /** Connections that are open. */
  readonly open: number;
}

/** A FastWS server in a separate process. */
export class LegacyServer {
  /** The WebSocket endpoint. */
  readonly url: string;
  readonly #address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.#address = `127.0.0.1:${port}`;
    this.url = `ws://${this.#address}/api/v1/ws`;
  }

  /** @throws Error with its output if it exits before it listens */
  static async start(python: string, heartbeatSeconds: number): Promise<LegacyServer> {
    const script = fileURLToPath(new URL("server.py", import.meta.url));
    const child = spawn(python, ["-B", script, "--heartbeat", String(heartbeatSeconds)], {
      env: { ...process.env, PYTHONPATH: LEGACY_FOLDER },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    child.stderr.on("data", (chunk) => (output += chunk));
    for await (const line of createInterface({ input: child.stdout })) return new LegacyServer(child, line);
    throw new Error(`FastWS did not start: ${output}`);
  }

  state(): Promise<LegacyState> {
    return this.#call("state");
  }

  /** Waits until this many messages of a type have been handled since the start. */
  received(type: string, times: number): Promise<LegacyState> {
    return this.#call(`received?type=${type}&times=${times}`);
  }

  /** Waits until every counter is zero. */
  released(): Promise<LegacyState> {
    return this.#call("released");
  }

  /** Publishes to the subscribers of a topic whose source is running. */
  async publish(topic: string, update: object): Promise<void> {
    await this.#call("publish", { topic, update });
  }

  /** Closes every connection; the counters stay. */
  async disconnect(): Promise<void> {
    await this.#call("close", {});
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #call<Reply>(path: string, body?: object): Promise<Reply> {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`http://${this.#address}/test/${path}`, body && post);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Reply;
  }
}
