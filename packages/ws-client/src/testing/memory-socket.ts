import { defer } from "../defer.js";
import type { SocketConstructor, SocketLike } from "../options.js";

/** The server's end of an in-memory socket. */
export interface Peer {
  /** Sends a frame. */
  send(frame: string): void;
  /** Closes the connection after the frames that were sent before; 1006 is a network failure. */
  end(code: number, reason: string): void;
}

/** The callbacks of an in-memory server for one socket. */
export interface SocketCallbacks {
  received(frame: string): void;
  /** Either side has closed the connection. */
  closed(): void;
}

type Handler = ((event: object) => void) | null;

/**
 * Returns the WebSocket class of an in-memory server. Each frame takes one microtask, in order, and no time.
 *
 * @param accept called when a socket opens; returns undefined to refuse it, so that the attempt fails with 1006
 */
export function memorySockets(accept: (peer: Peer) => SocketCallbacks | undefined): SocketConstructor {
  return class MemorySocket implements SocketLike {
    onopen: SocketLike["onopen"] = null;
    onmessage: SocketLike["onmessage"] = null;
    onerror: SocketLike["onerror"] = null;
    onclose: SocketLike["onclose"] = null;
    readonly url: string;
    #state: "connecting" | "open" | "closed" = "connecting";
    #callbacks: SocketCallbacks | undefined;

    constructor(url: string) {
      this.url = url;
      defer(() => this.#open());
    }

    send(text: string): void {
      if (this.#state === "connecting") throw new Error("The socket is not open yet: wait for onopen");
      defer(() => this.#callbacks?.received(text));
    }

    close(code = 1000, reason = ""): void {
      defer(() => this.#end(code, reason));
    }

    #open(): void {
      if (this.#state !== "connecting") return;
      this.#callbacks = accept({
        send: (frame) => defer(() => this.#state === "open" && (this.onmessage as Handler)?.({ data: frame })),
        end: (code, reason) => defer(() => this.#end(code, reason)),
      });
      if (this.#callbacks === undefined) {
        (this.onerror as Handler)?.({ message: "connection refused" });
        this.#end(1006, "");
        return;
      }
      this.#state = "open";
      (this.onopen as Handler)?.({});
    }

    #end(code: number, reason: string): void {
      if (this.#state === "closed") return;
      this.#state = "closed";
      this.#callbacks?.closed();
      (this.onclose as Handler)?.({ code, reason });
    }
  };
}
