import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { Recording, Step } from "./recordings.js";

/** Replays the server's side of a recording. `edit` can change a step: send nothing, something else or more. */
export class ScriptedServer {
  readonly #server: WebSocketServer;
  readonly #recording: Recording;
  readonly #edit: (step: Step, index: number) => readonly Step[];
  /** Clients that have not connected yet, in the order of their connections. */
  readonly #expected: string[];
  readonly #sockets = new Map<string, WebSocket>();
  #next = 0;

  private constructor(recording: Recording, edit: (step: Step, index: number) => readonly Step[]) {
    const paths = new Set([recording, ...recording.steps].map((step) => step.path));
    const verifyClient = ({ req }: { req: IncomingMessage }) => paths.has(req.url);
    this.#server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient });
    this.#recording = recording;
    this.#edit = edit;
    this.#expected = [...new Set(recording.steps.flatMap((step) => ("publish" in step ? [] : [step.client ?? ""])))];
    this.#server.on("connection", (socket) => this.#serve(socket));
  }

  static async start(
    recording: Recording,
    edit: (step: Step, index: number) => readonly Step[] = (step) => [step],
  ): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(recording, edit);
    onTestFinished(() => scripted.#close());
    await once(scripted.#server, "listening");
    return scripted;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  publish(topic: string): void {
    this.#heard((step) => "publish" in step && step.publish.topic === topic);
  }

  #serve(socket: WebSocket): void {
    const client = this.#expected.shift() ?? "";
    const mine = (step: Step) => (step.client ?? "") === client;
    this.#sockets.set(client, socket);
    socket.on("message", (data: Buffer, isBinary) =>
      this.#heard(
        (step) =>
          mine(step) &&
          (isBinary
            ? "sendBytes" in step && step.sendBytes === data.toString("hex")
            : "send" in step && step.send === String(data)),
      ),
    );
    socket.on("close", () => {
      const step = this.#recording.steps[this.#next];
      if (step && "leave" in step && mine(step)) this.#heard(() => true);
    });
    this.#speak();
  }

  /** Continues if the received frame is the recording's next one. Other frames get no reply. */
  #heard(isNext: (step: Step) => boolean): void {
    const step = this.#recording.steps[this.#next];
    if (!step || !isNext(step)) return;
    this.#next++;
    this.#speak();
  }

  #speak(): void {
    for (let step = this.#step; step && ("wait" in step || "receive" in step || "close" in step); step = this.#step) {
      if (!this.#sockets.has(step.client ?? "")) return;
      for (const edited of this.#edit(step, this.#next)) this.#say(edited);
      this.#next++;
    }
  }

  get #step(): Step | undefined {
    return this.#recording.steps[this.#next];
  }

  #say(step: Step): void {
    const socket = this.#sockets.get(step.client ?? "");
    if ("receive" in step) socket?.send(step.receive);
    if (!("close" in step)) return;
    // A client reports 1006 for a connection that ended without a close frame.
    if (step.close.code === 1006) socket?.terminate();
    else socket?.close(step.close.code, step.close.reason);
  }

  #close(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }
}
