import type { SocketLike } from "../options.js";
import { type HubMessage, type PortLike, randomName, type TabMessage } from "./messages.js";
import { ignoreAbort, type LocksLike, socketLock } from "./platform.js";

/** The tab, as seen by one of its sockets. */
export interface TabSocketContext {
  readonly locks: LocksLike;
  readonly url: string;
  readonly renew: boolean;
  /** Opens the tab's end of the port to the hub. */
  openPort(socket: TabSocket): PortLike;
  /** Sends the hub the request to connect. */
  connect(port: PortLike, message: TabMessage): void;
  /** Returns whether a frame is about a private route or operation. */
  needsLogin(type: string): boolean;
  /** The hub has replied. */
  accepted(hub: string): void;
  /** The port cannot be opened. */
  failed(): void;
  /** The server cannot be shared, or not with this tab's user. */
  alone(): void;
  ended(socket: TabSocket): void;
}

/** The tab's end of a connection through the hub. The client uses it as a WebSocket. */
export class TabSocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  readyState = 0;
  readonly #id = randomName();
  readonly #context: TabSocketContext;
  #port: PortLike | undefined;
  /** The hub that has accepted the socket. */
  #hub: string | undefined;
  #unlock = () => {};

  constructor(context: TabSocketContext) {
    this.#context = context;
    const held = () =>
      new Promise<void>((resolve) => {
        this.#unlock = resolve;
        if (this.readyState === 3) resolve();
        else this.#start();
      });
    context.locks.request(socketLock(this.#id), {}, held).catch(ignoreAbort);
  }

  /** The name of the socket's port. */
  get id(): string {
    return this.#id;
  }

  /** Whether a hub has accepted the socket. */
  get isAccepted(): boolean {
    return this.#hub !== undefined;
  }

  send(frame: string): void {
    const [, type = ""] = /^\{"type":"([^"]+)"/.exec(frame) ?? [];
    this.#port?.postMessage({ tab: "send", frame, needsLogin: this.#context.needsLogin(type) });
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    if (this.#port) {
      this.#port.postMessage({ tab: "close" });
      this.#port.onmessage = null;
      this.#port.close();
    }
    this.#unlock();
    this.#context.ended(this);
  }

  /** The connection is lost. */
  end(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.close();
    (this.onclose as ((event: object) => void) | null)?.({ code, reason });
  }

  /** A hub has started: either the first one, or it replaces the hub of this socket. Returns whether the socket is closed. */
  hubStarted(hub: string): boolean {
    if (this.#hub === undefined) this.#connect();
    else if (this.#hub !== hub) this.end(1012, "Another tab connects");
    return this.readyState === 3;
  }

  #start(): void {
    try {
      this.#port = this.#context.openPort(this);
    } catch {
      this.#context.failed();
      return;
    }
    this.#port.onmessage = ({ data }: { data: HubMessage | TabMessage }) => {
      if ("hub" in data) this.#received(data);
    };
    this.#connect();
  }

  #connect(): void {
    if (!this.#port) return;
    const { url, renew } = this.#context;
    this.#context.connect(this.#port, { tab: "connect", id: this.#id, url, renew });
  }

  #received(message: HubMessage): void {
    if (message.event === "accepted" && this.#hub === undefined) {
      this.#hub = message.hub;
      this.#context.accepted(message.hub);
    }
    // A hub that was replaced may still send.
    if (message.hub !== this.#hub) return;
    if (message.event === "open") {
      this.readyState = 1;
      (this.onopen as ((event: object) => void) | null)?.({});
    } else if (message.event === "frames") {
      for (const data of message.frames) (this.onmessage as ((event: object) => void) | null)?.({ data });
    } else if (message.event === "close") this.end(message.code, message.reason);
    else if (message.event === "alone") {
      this.#context.alone();
      this.end(1012, "This tab connects by itself");
    }
  }
}
