import { Duplex } from "node:stream";
import type { MessagePort } from "node:worker_threads";

/** Confirms that the reader wants more. */
const TAKEN = "taken";

/** A chunk, the end, or the confirmation of a chunk. */
type Message = Uint8Array | null | typeof TAKEN;

/** One end of a byte stream between two threads. A writer waits until the reader has taken each chunk. */
export class PortStream extends Duplex {
  readonly #port: MessagePort;
  /** Whether the last chunk is not confirmed. */
  #isUnconfirmed = false;
  #onTaken = () => {};

  /** @param port the other end has the other port of its channel */
  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on("message", (message: Message) => {
      if (message === TAKEN) return this.#onTaken();
      this.#isUnconfirmed = message !== null;
      this.push(message);
    });
    port.on("close", () => this.destroy());
  }

  override _read(): void {
    if (!this.#isUnconfirmed) return;
    this.#isUnconfirmed = false;
    this.#port.postMessage(TAKEN satisfies Message);
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.#onTaken = done;
    // A chunk can be a view of a larger buffer, all of which would be sent.
    const copy = new Uint8Array(chunk);
    this.#port.postMessage(copy satisfies Message, [copy.buffer]);
  }

  override _final(done: () => void): void {
    this.#port.postMessage(null satisfies Message);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close();
    done(error);
  }
}
