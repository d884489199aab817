import type { Message } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import type { StreamServer } from "../server/stream-server.js";
import type { Frame } from "../topics/frame.js";

/** Read on import, before a test installs fake timers. */
const { setImmediate } = globalThis;

/** Options of {@link MemoryClient.connect}. */
export interface MemoryClientOptions {
  /** @default "session" */
  readonly protocol?: "base" | "session";
  /** The authenticated user. @default none */
  readonly principal?: Principal;
  /** The client's address. @default "memory", to which the limits of an address apply only with `trustedProxies` */
  readonly address?: string;
}

/**
 * A client in the same process, connected without a network, for tests of sources and applications. It receives the same
 * messages as a real client, in the same order and the same writes.
 */
export class MemoryClient {
  /** All received messages, parsed. */
  readonly messages: Message[] = [];
  /** Resolves when the connection has closed; with code 1006 without a closing handshake. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #handlers: SocketHandlers;
  readonly #resolveClosed: (close: { code: number; reason: string }) => void;
  #unsent: { readonly frames: readonly Frame[]; readonly onSent: () => void }[] = [];
  #isStalled = false;
  #isOpen = true;
  /** Messages sent while the server was not reading; undefined while it reads. */
  #unread: string[] | undefined;
  #read = 0;
  /** The calls of `next` that wait for a message, oldest first. */
  readonly #waiting: (() => void)[] = [];

  private constructor(
    server: StreamServer,
    { protocol = "session", principal, address = "memory" }: MemoryClientOptions,
  ) {
    let resolveClosed!: (close: { code: number; reason: string }) => void;
    this.closed = new Promise((resolve) => {
      resolveClosed = resolve;
    });
    this.#resolveClosed = resolveClosed;
    this.#handlers = server.accept(this.#socket(), { protocol, principal, address });
  }

  /** Whether the server reads from the client. It pauses for clients that send too much or read too slowly. */
  get isRead(): boolean {
    return this.#unread === undefined;
  }

  /** Connects to a server, which does not need to listen. @throws WsServerError `closed` */
  static connect(server: StreamServer, options: MemoryClientOptions = {}): MemoryClient {
    return new MemoryClient(server, options);
  }

  /** Sends a message, or a string as it is. */
  send(message: Message | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    if (this.#unread !== undefined) this.#unread.push(text);
    else if (this.#isOpen) this.#handlers.onText(text);
  }

  subscribe(route: string, payload: unknown, more: Pick<Message, "id" | "resume"> = {}): void {
    this.send({ type: `${route}.subscribe`, payload, ...more });
  }

  unsubscribe(route: string, payload: unknown, more: Pick<Message, "id"> = {}): void {
    this.send({ type: `${route}.unsubscribe`, payload, ...more });
  }

  /** Returns the next message that has not been read, and waits for it. @throws Error if the connection closes first */
  async next(): Promise<Message> {
    while (this.messages.length <= this.#read) {
      if (!this.#isOpen) throw new Error("The connection has closed, and there is no further message");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.messages[this.#read++] as Message;
  }

  /** Stops reading, like a client whose network is stuck. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Resumes reading, and reads everything that has been buffered. */
  drain(): void {
    this.#isStalled = false;
    const waiting = this.#unsent;
    this.#unsent = [];
    for (const { frames, onSent } of waiting) this.#receive(frames, onSent);
  }

  /** Disconnects without a closing handshake. */
  disconnect(): void {
    this.#end(1006, "");
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #socket(): Socket {
    const client = this;
    return {
      get bufferedBytes() {
        return client.#unsent.flatMap(({ frames }) => frames).reduce((sum, { wire }) => sum + wire.length, 0);
      },
      send(frames, onSent) {
        if (client.#isStalled) client.#unsent.push({ frames, onSent });
        else if (client.#isOpen) client.#receive(frames, onSent);
      },
      ping: () => setImmediate(() => client.#isOpen && !client.#isStalled && client.#handlers.onPong()),
      pause() {
        client.#unread ??= [];
      },
      resume() {
        const waiting = client.#unread ?? [];
        client.#unread = undefined;
        for (const text of waiting) client.send(text);
      },
      close: (code, reason) => client.#end(code, reason),
      terminate: () => client.#end(1006, ""),
    };
  }

  #receive(frames: readonly Frame[], onSent: () => void): void {
    for (const frame of frames) this.messages.push(JSON.parse(frame.text));
    setImmediate(onSent);
    this.#wake();
  }

  #end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#resolveClosed({ code, reason });
    this.#wake();
    // As with a network, the server is notified asynchronously.
    setImmediate(() => this.#handlers.onClose(code));
  }
}
