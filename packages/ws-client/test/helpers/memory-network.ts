import type { SocketLike } from "../../src/index.js";

/** A frame that the client sent. */
export interface Frame {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly id: number;
  readonly resume?: { readonly epoch: string; readonly offset: number };
}

/** The members of a confirmation in addition to the topic. */
export interface Confirmation {
  readonly echo?: boolean;
  readonly epoch?: string;
  readonly retention?: "keyed" | "log";
  readonly offset?: number;
  readonly snapshot?: boolean;
  readonly recovered?: boolean;
}

type Handler = ((event: object) => void) | null;

/** The client's end of an in-memory connection. The test acts as the server. */
export class MemorySocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly url: string;
  readonly sent: Frame[] = [];
  closedByClient = false;
  /** As a browser: 2 when the connection has ended, and `onclose` is not called yet. */
  readyState = 1;
  /** The frames sent since then, which a browser reports in its console. */
  readonly discarded: string[] = [];
  #isAccepted = false;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    if (this.closedByClient) throw new Error("sent on a closed socket");
    if (this.readyState > 1) {
      this.discarded.push(text);
      return;
    }
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closedByClient = true;
  }

  /** The server accepts the connection. */
  accept(): void {
    this.#isAccepted = true;
    (this.onopen as Handler)?.({});
  }

  /** The server sends a frame: an object as JSON, other values unchanged. */
  say(message: unknown): void {
    const isEnvelope = typeof message === "object" && !(message instanceof ArrayBuffer);
    (this.onmessage as Handler)?.({ data: isEnvelope ? JSON.stringify(message) : message });
  }

  /** The platform reports an error, and nothing more. */
  fail(message: string): void {
    (this.onerror as Handler)?.({ message });
  }

  /** The server or the network closes the connection. */
  end(code = 1006, reason = ""): void {
    (this.onclose as Handler)?.({ code, reason });
  }

  /** The server accepts the connection unless it has, and sends the welcome of the session extension. */
  welcome({
    heartbeatIntervalMs = 30_000,
    ...more
  }: {
    heartbeatIntervalMs?: number;
    maxBatchBytes?: number;
  } = {}): void {
    if (!this.#isAccepted) this.accept();
    const payload = { connectionId: "c1", protocol: 2, heartbeatIntervalMs, serverTime: 0, server: "test" };
    this.say({ type: "session.welcome", payload: { ...payload, maxConnectionLifespanMs: 3_600_000, ...more } });
  }

  /** The server confirms a request, with its topic and the given positions. */
  confirm(frame: Frame | undefined, topic: string, { echo = true, ...position }: Confirmation = {}): void {
    const { type, id } = frame as Frame;
    const payload = { status: "ok", message: "", topic, ...position };
    this.say({ type: `${type}.response`, payload, ...(echo && { id }) });
  }

  /** The server refuses a request. */
  refuse(
    frame: Frame | undefined,
    refusal: { code: string; message?: string; retryable?: boolean; topic?: string },
  ): void {
    const { type, id } = frame as Frame;
    this.say({ type: `${type}.response`, payload: { status: "error", message: "", ...refusal }, id });
  }

  update(topic: string, payload: unknown, offset?: number): void {
    this.say({ type: `${topic.split(":")[0]}.update`, payload: { topic, payload, ...(offset && { offset }) } });
  }

  /** A snapshot or a recovery is complete. */
  current(topic: string, epoch: string, offset: number): void {
    this.say({ type: "subscription.current", payload: { topic, epoch, offset } });
  }
}

/** The sockets that clients opened, oldest first. */
export class MemoryNetwork {
  readonly sockets: MemorySocket[] = [];
  readonly WebSocket = remember(this.sockets);

  /** The newest socket. */
  get socket(): MemorySocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }
}

function remember(sockets: MemorySocket[]) {
  return class extends MemorySocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  };
}

/** Waits until the queued microtasks have run. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
