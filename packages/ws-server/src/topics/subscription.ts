import type { Position } from "@trading/topic";
import type { WsServerError } from "../errors.js";
import type { Frame } from "./frame.js";
import type { Publication } from "./retention.js";
import type { TopicRun } from "./topic-run.js";

/** What takes a subscriber's frames. */
export interface FrameSink {
  /** Takes a frame now. @returns false where there is no room for it: the subscription then waits to be read */
  take(frame: Frame): boolean;
}

/** Who can hold topics: a connection, as the registry sees it. None of this throws, and none waits. */
export interface Subscriber {
  /** Where its frames go. */
  readonly sink: FrameSink;
  /** There is something to read: call {@link Subscription.read} as there is room, until it returns true. */
  markLagging(subscription: Subscription): void;
  /** Forgets the subscription's frames that have not been written. */
  discard(subscription: Subscription): void;
  /** Writes what has been taken, so that it cannot be discarded any more. */
  flush(): void;
  /** A snapshot or a recovery is complete: all up to this position has been taken. */
  current(subscription: Subscription, position: Position): void;
  /** Updates have been evicted before the subscriber had room for them. */
  lost(subscription: Subscription): void;
  /** The topic was taken from it. */
  ended(topic: string, reason: { readonly code: string; readonly retryable: boolean }): void;
}

/** What the reply to a subscribe request says of the subscription's position. */
export interface Accepted {
  readonly epoch: string;
  readonly retention: "keyed" | "log";
  /** Where the cursor stands: the client's position. */
  readonly offset: number;
  readonly snapshot?: true;
  readonly recovered?: boolean;
}

/**
 * One subscriber's hold on one run of a topic: a cursor into what the run keeps.
 *
 * It is closed until its reply is queued (`accept`, then `open`), however early the source publishes. Then it is behind
 * while something is unread, and live once nothing is: only a live one is handed a publication as it comes. A subscriber
 * without room falls behind again, and what is superseded meanwhile it never sees.
 */
export class Subscription {
  readonly run: TopicRun;
  readonly subscriber: Subscriber;
  /** Resolves once the source runs; rejects with the `WsServerError` to answer with. */
  readonly started: Promise<void>;
  readonly #sink: FrameSink;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  #state: "closed" | "lagging" | "live" | "ended" = "closed";
  /** All up to this offset has been taken, or was never this subscription's. */
  #cursor: number;
  /** What had left before the cursor was set was never promised. */
  #floor = 0;
  /** A snapshot or a recovery is being read: its end is told. */
  #isCatchingUp = false;
  #endedBy: WsServerError | undefined;

  constructor(run: TopicRun, subscriber: Subscriber) {
    this.run = run;
    this.subscriber = subscriber;
    this.#sink = subscriber.sink;
    this.#cursor = run.history?.offset ?? 0;
    this.started = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever asked has an answer to give; a subscriber that has gone meanwhile must not fail the process.
    this.started.catch(() => {});
  }

  get topic(): string {
    return this.run.topic.name;
  }

  /** Its reply is out, and nobody has ended it. */
  get isOpen(): boolean {
    return this.#state === "lagging" || this.#state === "live";
  }

  /** Why it is over; undefined while it is not. */
  get endedBy(): WsServerError | undefined {
    return this.#endedBy;
  }

  /**
   * Sets the cursor, by what the client has or by what the route grants a newcomer. Asking again without a position
   * leaves a subscription as it is. Call `open` once the reply is queued.
   */
  accept(resume?: Position): Accepted {
    const { epoch, history } = this.run;
    const retention = this.run.topic.route.key === undefined ? "log" : "keyed";
    const wasOpen = this.#state !== "closed";
    if (history === undefined || (wasOpen && resume === undefined)) {
      // The reply makes the cursor the client's position, so nothing before it may be discarded by an unsubscribe.
      this.subscriber.flush();
      return { epoch, retention, offset: this.#cursor };
    }
    if (wasOpen) {
      this.subscriber.discard(this);
      // Until the reply is queued, nothing may be handed on.
      this.#state = "closed";
    }
    const recovered =
      resume && resume.epoch === epoch && history.floor <= resume.offset && resume.offset <= history.offset;
    const snapshot = !recovered && retention === "keyed" && this.run.topic.route.snapshot !== "none";
    if (recovered) this.#cursor = resume.offset;
    else if (snapshot) this.#cursor = history.start();
    else if (wasOpen) this.#cursor = history.offset;
    // What has left between the request and its reply is before where the reply says the cursor stands.
    else this.#cursor = Math.max(this.#cursor, history.floor);
    this.#floor = history.floor;
    this.#isCatchingUp = snapshot || recovered === true;
    return {
      epoch,
      retention,
      offset: this.#cursor,
      ...(snapshot && { snapshot }),
      ...(recovered !== undefined && { recovered }),
    };
  }

  /** The reply is queued: what is unread may follow it. */
  open(): void {
    if (this.#state !== "closed") return;
    this.#state = "lagging";
    this.subscriber.markLagging(this);
  }

  /** A publication has come, and is in the history. @returns whether it was taken */
  offer({ offset, frame }: Publication): boolean {
    if (this.#state === "live") {
      // It may have read this one already, when others of its connection made room.
      if (offset <= this.#cursor) return false;
      if (this.#sink.take(frame)) {
        this.#cursor = offset;
        return true;
      }
      this.#state = "lagging";
      this.subscriber.markLagging(this);
    } else if (this.#state === "lagging" && this.#hasLost()) this.subscriber.lost(this);
    return false;
  }

  /**
   * Hands on what is unread, in order, as long as it is taken.
   *
   * @returns whether nothing is left to read
   */
  read(take: (frame: Frame) => boolean): boolean {
    const { epoch, history, counts } = this.run;
    if (this.#state !== "lagging" || history === undefined) return true;
    if (this.#hasLost()) {
      this.subscriber.lost(this);
      return true;
    }
    for (const { offset, frame } of history.unread(this.#cursor)) {
      if (!take(frame)) return false;
      this.#pass(offset - 1);
      counts.delivered++;
      this.#cursor = offset;
    }
    this.#pass(history.offset);
    this.#cursor = history.offset;
    this.#state = "live";
    if (this.#isCatchingUp) {
      this.#isCatchingUp = false;
      this.subscriber.current(this, { epoch, offset: this.#cursor });
    }
    return true;
  }

  /** The source runs. */
  start(): void {
    this.#resolve();
  }

  /** The hold is over: nothing is handed on any more, and whoever still waits for the start is told why. */
  end(reason: WsServerError): void {
    this.#state = "ended";
    this.#endedBy = reason;
    this.#reject(reason);
  }

  /** What lies between the cursor and `offset` was superseded unsent. A newcomer was never due it. */
  #pass(offset: number): void {
    if (!this.#isCatchingUp) this.run.counts.conflated += offset - this.#cursor;
  }

  #hasLost(): boolean {
    const floor = this.run.history?.floor ?? 0;
    return floor > this.#cursor && floor > this.#floor;
  }
}
