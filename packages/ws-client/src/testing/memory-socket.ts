import type { SocketConstructor, SocketLike } from "../options.js";

/** The server's end of a socket in memory. */
export interface Peer {
  /** Sends a frame. */
  say(frame: string): void;
  /** Ends the connection, after what was said before; with 1006 as a cable that is cut. */
  end(code: number, reason: string): void;
}

/** What a server in memory does with one client. */
export interface Visit {
  received(frame: string): void;
  /** The connection has ended, whoever ended it. */
  left(): void;
}

type Handler = ((event: object) => void) | null;

/**
 * The WebSocket class of a server in memory. Each way takes one microtask and nothing else: order is kept, and no time
 * passes.
 *
 * @param accept called when a socket opens; undefined where nobody listens, so that the attempt fails with 1006
 */
export function memorySockets(accept: (peer: Peer) => Visit | undefined): SocketConstructor {
  return class MemorySocket implements SocketLike {
    onopen: SocketLike["onopen"] = null;
    onmessage: SocketLike["onmessage"] = null;
    onerror: SocketLike["onerror"] = null;
    onclose: SocketLike["onclose"] = null;
    readonly url: string;
    #state: "connecting" | "open" | "closed" = "connecting";
    #visit: Visit | undefined;

    constructor(url: string) {
      this.url = url;
      queueMicrotask(() => this.#open());
    }

    send(text: string): void {
      if (this.#state === "connecting") throw new Error("The socket is not open yet: send once it is");
      queueMicrotask(() => this.#visit?.received(text));
    }

    close(code = 1000, reason = ""): void {
      queueMicrotask(() => this.#end(code, reason));
    }

    #open(): void {
      if (this.#state !== "connecting") return;
      this.#visit = accept({
        say: (frame) => queueMicrotask(() => this.#state === "open" && (this.onmessage as Handler)?.({ data: frame })),
        end: (code, reason) => queueMicrotask(() => this.#end(code, reason)),
      });
      if (this.#visit === undefined) {
        (this.onerror as Handler)?.({ message: "nobody listens" });
        this.#end(1006, "");
        return;
      }
      this.#state = "open";
      (this.onopen as Handler)?.({});
    }

    #end(code: number, reason: string): void {
      if (this.#state === "closed") return;
      this.#state = "closed";
      this.#visit?.left();
      (this.onclose as Handler)?.({ code, reason });
    }
  };
}
