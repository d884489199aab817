import { once } from "node:events";
import type { Message } from "@trading/topic";
import { onTestFinished } from "vitest";
import { type ClientOptions, WebSocket } from "ws";

/** A received message. */
export interface ReceivedMessage extends Message {
  // biome-ignore lint/suspicious/noExplicitAny: tests assert the payload's content, which depends on the type
  readonly payload: any;
}

/** A WebSocket client that records all received frames. Its connection is terminated when the test ends. */
export class NetworkClient {
  readonly socket: WebSocket;
  readonly frames: string[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The number of received pings. */
  pings = 0;
  #read = 0;
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.frames.push(String(data));
      this.#wake();
    });
    socket.on("ping", () => this.pings++);
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      }),
    );
  }

  /** @throws Error with the HTTP status if the server refuses the upgrade */
  static async connect(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<NetworkClient> {
    const { protocols = [], ...rest } = options;
    const client = new NetworkClient(new WebSocket(url, protocols, rest));
    onTestFinished(() => client.socket.terminate());
    await once(client.socket, "open");
    return client;
  }

  /** Connects, and reads the welcome. */
  static async session(url: string, token?: string): Promise<NetworkClient> {
    const client = await NetworkClient.connect(url, bearer(token));
    await client.next();
    return client;
  }

  /** All received messages, in order. */
  get messages(): ReceivedMessage[] {
    return this.frames.map((frame) => JSON.parse(frame));
  }

  /** The types of all received messages, in order. */
  get types(): string[] {
    return this.messages.map(({ type }) => type);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Sends a string or bytes unchanged, and any other object as JSON. */
  send(message: object | string): void {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** Sends a request, and returns the next unread message. */
  request(message: Message | string): Promise<ReceivedMessage> {
    this.send(message);
    return this.next();
  }

  login(token: string, id?: string | number): void {
    this.send({ type: "auth.login", payload: { token }, id });
  }

  subscribe(route: string, payload: unknown, more: Pick<Message, "id" | "resume"> = {}): void {
    this.send({ type: `${route}.subscribe`, payload, ...more });
  }

  unsubscribe(route: string, payload: unknown, more: Pick<Message, "id"> = {}): void {
    this.send({ type: `${route}.unsubscribe`, payload, ...more });
  }

  /** Returns the next unread message, and waits for it if necessary. @throws Error if the connection closes first */
  async next(): Promise<ReceivedMessage> {
    while (this.frames.length <= this.#read) {
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error("closed before the next frame");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return JSON.parse(this.frames[this.#read++] as string);
  }

  /** Reads messages up to the next one of a type, and returns that. */
  async until(type: string): Promise<ReceivedMessage> {
    for (;;) {
      const message = await this.next();
      if (message.type === type) return message;
    }
  }

  /**
   * Resolves when the server has handled all messages sent before, and its replies have arrived. A pong follows them in
   * the order of the stream; three round trips include frames that the server queues until the end of its turn.
   */
  async settled(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      this.socket.ping();
      await once(this.socket, "pong");
    }
  }
}

/** Returns options that send a token in the Authorization header. */
export function bearer(token: string | undefined): ClientOptions {
  return token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
}

/** Returns the kind, the offset and the recovery of the received messages, starting at the index `from`. */
export function positionsOf(
  client: NetworkClient,
  from = 1,
): [kind: string | undefined, offset: unknown, recovered: unknown][] {
  return client.messages
    .slice(from)
    .map(({ type, payload }) => [type.split(".")[1], payload.offset, payload.recovered]);
}
