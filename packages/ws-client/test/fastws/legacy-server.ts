import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ORIGIN } from "./python.js";

/** What the origin has counted. */
export interface OriginState {
  /** Requests for each topic: subscribes less unsubscribes, whoever sent them; gone at zero. */
  readonly counts: Readonly<Record<string, number>>;
  /** Topics whose source has been created and not removed. */
  readonly running: readonly string[];
  /** Messages by type that were handled since the start. */
  readonly heard: Readonly<Record<string, number>>;
  /** Connections since the start. */
  readonly connected: number;
  /** Connections that are open. */
  readonly open: number;
}

/** A FastWS server in a process of its own. */
export class OriginServer {
  /** The WebSocket endpoint. */
  readonly url: string;
  readonly #address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.#address = `127.0.0.1:${port}`;
    this.url = `ws://${this.#address}/api/v1/ws`;
  }

  /** @throws Error with what it said, where it ends before it listens */
  static async start(python: string, heartbeatSeconds: number): Promise<OriginServer> {
    const script = fileURLToPath(new URL("server.py", import.meta.url));
    const child = spawn(python, ["-B", script, "--heartbeat", String(heartbeatSeconds)], {
      env: { ...process.env, PYTHONPATH: ORIGIN },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    for await (const line of createInterface({ input: child.stdout })) return new OriginServer(child, line);
    throw new Error(`FastWS did not start: ${said}`);
  }

  state(): Promise<OriginState> {
    return this.#call("state");
  }

  /** Waits until so many messages of a type have been handled since the start. */
  heard(type: string, times: number): Promise<OriginState> {
    return this.#call(`heard?type=${type}&times=${times}`);
  }

  /** Waits until no request is counted any more. */
  released(): Promise<OriginState> {
    return this.#call("released");
  }

  /** Publishes to whoever holds a topic whose source runs. */
  async publish(topic: string, update: object): Promise<void> {
    await this.#call("publish", { topic, update });
  }

  /** Closes every connection; what it has counted stays. */
  async disconnect(): Promise<void> {
    await this.#call("close", {});
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #call<Answer>(path: string, body?: object): Promise<Answer> {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`http://${this.#address}/test/${path}`, body && post);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }
}
