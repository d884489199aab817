import type { Socket } from "node:net";
import type { Clock } from "../platform/clock.js";
import type { NodeRole } from "./bus.js";
import { type HubControl, type IpcQuestion, type IpcResult, parseNodeControl } from "./ipc-control.js";
import { FrameReader, FrameWriter, type IpcFrame } from "./ipc-frames.js";

/** The hub, as its connections use it. */
export interface HubSide {
  /** A connection has named its node. */
  onHello(connection: IpcConnection, node: string): void;
  /** A node is about to disconnect. */
  onEnd(connection: IpcConnection): void;
  /** Returns the connection of a node. */
  receiver(node: string): IpcConnection | undefined;
  answer(question: IpcQuestion): IpcResult;
  /** A connection was closed because of what it sent, or because it took nothing. @param node undefined before its `hello` */
  onRefused(node: string | undefined, error: Error): void;
}

/** Unread bytes of a node above which those that send to it are not read. */
const MAX_BUFFERED_BYTES = 4_194_304;
/** Time for a node to take what it is sent, before it is disconnected, and for a connection to name its node. */
const STALL_MS = 2_000;

/**
 * The hub's end of a connection to a node. A node that reads too slowly stops the nodes that send to it, whose `send` then
 * returns false. So that it does not stop them for longer than a cluster waits, it is disconnected after two seconds.
 */
export class IpcConnection {
  readonly #socket: Socket;
  readonly #hub: HubSide;
  readonly #clock: Clock;
  readonly #reader = new FrameReader();
  readonly #writer: FrameWriter;
  #node: string | undefined;
  #role: NodeRole = { ownsTopics: false };
  #settings: string | undefined;
  /** Connections that are not read until this one has room. */
  readonly #senders = new Set<IpcConnection>();
  /** Connections without room, to which this one sends. */
  readonly #blockers = new Set<IpcConnection>();
  #cancelTimeout: () => void;

  constructor(socket: Socket, hub: HubSide, { clock }: { readonly clock: Clock }) {
    this.#socket = socket;
    this.#hub = hub;
    this.#clock = clock;
    this.#writer = new FrameWriter(socket);
    this.#cancelTimeout = clock.after(STALL_MS, () => this.#refuse(new Error("It has not sent its name")));
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("drain", () => this.#onDrain());
    socket.on("close", () => this.#onClose());
    // "close" follows.
    socket.on("error", () => {});
  }

  /** The name of the node; undefined before its `hello`. */
  get node(): string | undefined {
    return this.#node;
  }

  get ownsTopics(): boolean {
    return this.#role.ownsTopics;
  }

  /** The settings that the node has published; undefined before that. */
  get settings(): string | undefined {
    return this.#settings;
  }

  control(control: HubControl): void {
    this.#writer.control(control);
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    try {
      this.#reader.read(chunk, (frame) => this.#onFrame(frame));
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  #onFrame({ name, body }: IpcFrame): void {
    if (this.#socket.destroyed) return;
    if (name === "") this.#onControl(body);
    else if (this.#node === undefined) throw new Error("It sends before its name");
    else this.#hub.receiver(name)?.deliver(this, this.#node, body);
  }

  #onControl(body: Buffer): void {
    const control = parseNodeControl(body);
    if (control.type === "hello") this.#onHello(control.node, control);
    else this.#onQuestion(control);
  }

  #onHello(node: string, role: NodeRole): void {
    if (this.#node !== undefined) throw new Error("It has sent its name twice");
    this.#node = node;
    this.#role = role;
    this.#cancelTimeout();
    this.#hub.onHello(this, node);
  }

  #onQuestion(question: IpcQuestion): void {
    if (this.#node === undefined) throw new Error("It asks before its name");
    // mutant: claim-for-itself
    if (question.type === "claim" && question.mine.node !== this.#node) throw new Error("It claims for another node");
    if (question.type === "end") this.#hub.onEnd(this);
    if (question.type === "nodes") this.#settings = question.settings;
    this.control({ type: "answer", id: question.id, result: this.#hub.answer(question) });
    this.#stopIfFull(this);
  }

  /** Sends a message to this connection's node. */
  deliver(sender: IpcConnection, from: string, message: Buffer): void {
    this.#writer.write(from, message);
    this.#stopIfFull(sender);
  }

  #stopIfFull(sender: IpcConnection): void {
    if (this.#writer.bufferedBytes <= MAX_BUFFERED_BYTES) return;
    if (this.#senders.size === 0) this.#watch();
    this.#senders.add(sender);
    sender.#blockers.add(this);
    // mutant: stop-senders
    sender.#socket.pause();
  }

  #watch(): void {
    const written = this.#socket.bytesWritten - this.#writer.bufferedBytes;
    this.#cancelTimeout = this.#clock.after(STALL_MS, () => {
      if (this.#socket.bytesWritten - this.#writer.bufferedBytes > written) this.#watch();
      else this.#refuse(new Error(`It has read nothing for ${STALL_MS} ms`));
    });
  }

  #onDrain(): void {
    this.#cancelTimeout();
    for (const sender of this.#senders) {
      sender.#blockers.delete(this);
      // mutant: resume-senders
      if (sender.#blockers.size === 0) sender.#socket.resume();
    }
    this.#senders.clear();
  }

  #refuse(error: Error): void {
    if (this.#socket.destroyed) return;
    this.#hub.onRefused(this.#node, error);
    this.#socket.destroy();
  }

  #onClose(): void {
    this.#onDrain();
    for (const blocker of this.#blockers) blocker.#senders.delete(this);
    this.#blockers.clear();
  }
}
