import type { HubMessage, PortLike } from "./messages.js";

type Event = HubMessage extends infer Message
  ? Message extends { hub: string }
    ? Omit<Message, "hub">
    : never
  : never;

/** One socket of a tab, as the hub sees it. */
export class TabPeer {
  readonly id: string;
  /** Whether it has logged in on the shared socket. */
  isLoggedIn = false;
  isGone = false;
  readonly #hub: string;
  readonly #port: PortLike;
  #frames: string[] = [];

  constructor(hub: string, id: string, port: PortLike) {
    this.#hub = hub;
    this.id = id;
    this.#port = port;
  }

  /** Adds a frame to those that `flush` sends: one message for all frames that a message of the server leads to. */
  push(frame: string): void {
    this.#frames.push(frame);
  }

  flush(): void {
    if (!this.#frames.length) return;
    const frames = this.#frames;
    this.#frames = [];
    this.post({ event: "frames", frames });
  }

  post(event: Event): void {
    if (!this.isGone) this.#port.postMessage({ hub: this.#hub, ...event } as HubMessage);
  }

  /** Sends nothing more. */
  release(): void {
    this.isGone = true;
    this.#port.onmessage = null;
    this.#port.close();
  }
}
