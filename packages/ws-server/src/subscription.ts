import type { Frame } from "./socket.js";

/** Who can hold topics: a connection, as the registry sees it. */
export interface Subscriber {
  /** Takes one update's frame. Never throws and never waits. */
  deliver(topic: string, frame: Frame): void;
}

/**
 * One subscriber's hold on one topic.
 *
 * Closed at first: frames are kept back until the reply that names the topic is out, however early the source
 * publishes; then `open` lets them through.
 */
export class Subscription {
  /** Resolves once the source runs; rejects with the `WsServerError` to answer with. */
  readonly started: Promise<void>;
  readonly #topic: string;
  readonly #subscriber: Subscriber;
  #waiting: Frame[] | undefined = [];
  #over = false;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(topic: string, subscriber: Subscriber) {
    this.#topic = topic;
    this.#subscriber = subscriber;
    this.started = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever asked has an answer to give; a subscriber that has gone meanwhile must not fail the process.
    this.started.catch(() => {});
  }

  deliver(frame: Frame): void {
    if (this.#over) return;
    if (this.#waiting === undefined) this.#subscriber.deliver(this.#topic, frame);
    else this.#waiting.push(frame);
  }

  /** The reply is out: what has waited follows it, and then every update as it comes. */
  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const frame of waiting) this.deliver(frame);
  }

  /** The source runs. */
  start(): void {
    this.#resolve();
  }

  /** The hold is over: nothing is delivered any more, and whoever still waits for the start is told why. */
  end(reason: Error): void {
    this.#over = true;
    this.#waiting = undefined;
    this.#reject(reason);
  }
}
