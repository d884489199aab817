import type { SocketLike } from "../../src/index.js";

/** A frame as the client sent it. */
export interface Frame {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly id: number;
}

type Handler = ((event: object) => void) | null;

/** The client's end of a connection that exists in memory only; the test plays the server. */
export class MemorySocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly url: string;
  readonly sent: Frame[] = [];
  closedByClient = false;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    if (this.closedByClient) throw new Error("sent on a closed socket");
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closedByClient = true;
  }

  /** The server accepts the connection. */
  accept(): void {
    (this.onopen as Handler)?.({});
  }

  /** The server sends a frame: an object as JSON, anything else as it is. */
  say(message: unknown): void {
    const isEnvelope = typeof message === "object" && !(message instanceof ArrayBuffer);
    (this.onmessage as Handler)?.({ data: isEnvelope ? JSON.stringify(message) : message });
  }

  /** The connection ends from the other side. */
  end(code = 1006, reason = ""): void {
    (this.onclose as Handler)?.({ code, reason });
  }

  /** The server confirms a request, with the topic it built. */
  confirm(frame: Frame | undefined, topic: string, { echo = true } = {}): void {
    const { type, id } = frame as Frame;
    this.say({ type: `${type}.response`, payload: { status: "ok", message: "", topic }, ...(echo && { id }) });
  }

  update(topic: string, payload: unknown): void {
    this.say({ type: `${topic.split(":")[0]}.update`, payload: { topic, payload } });
  }
}

/** Every socket that clients opened, oldest first. */
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

/** Lets the microtasks run that a tick has queued. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
