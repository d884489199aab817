import type { Position } from "@trading/topic";
import type { WsServerError } from "../errors.js";
import type { Usage } from "../limits/usage.js";
import type { RouteCounts } from "../observability/route-counts.js";
import type { ServedTopic } from "../server/modules.js";
import type { CompactForm } from "./compact-layout.js";
import type { Frame } from "./frame.js";
import type { OpenSubscriptions } from "./open-subscriptions.js";
import type { Membership } from "./pub-sub/pub-sub.js";

/** Receives the frames of a subscriber's subscriptions. No method throws or waits. */
export interface FrameSink {
  /** Takes a frame. @returns false if there is no room for it */
  take(frame: Frame): boolean;
  /** Registers a subscription with unread updates: {@link Subscription.read} is called as there is room, until it returns true. */
  markLagging(subscription: Subscription): void;
  /** Drops the subscription's frames that have not been written, and stops reading it. */
  discard(subscription: Subscription): void;
  /** Writes the frames taken so far, so that they can no longer be discarded. */
  flush(): void;
}

/** A holder of subscriptions, such as a connection. No method throws or waits. */
export interface Subscriber {
  readonly sink: FrameSink;
  /** The usages that count its subscriptions. @default they are not limited */
  readonly usages?: readonly Usage[];
  /** A snapshot or a recovery is complete: all updates up to this position have been taken. */
  onCurrent(subscription: Subscription, position: Position): void;
  /** Updates have been evicted before the subscriber had room for them. */
  onLost(subscription: Subscription): void;
  /** The server has ended the subscription. */
  onEnded(topic: string, reason: Pick<WsServerError, "code" | "message" | "retryable">): void;
}

/** A run of a topic's source, as its subscriptions use it. */
export interface SubscribableRun {
  readonly topic: ServedTopic;
  readonly epoch: string;
  /** Undefined while the node does not know it. */
  readonly role: Membership["role"] | undefined;
  readonly counts: RouteCounts;
  /** The compact form of its frames; undefined if they have none. */
  readonly compact: CompactForm | undefined;
  /** The retained updates; undefined before the run has begun. */
  readonly history: Membership["history"] | undefined;
  /** Whether the source has started. */
  readonly isLive: boolean;
  /** Whether it waits for its turn: that time does not count as the start of the source. */
  readonly isQueued: boolean;
  readonly subscriptions: ReadonlySet<Subscription>;
  readonly open: OpenSubscriptions;
  leave(subscription: Subscription): void;
  /** Ends the run if it has no subscriptions. */
  endIfUnused(): void;
}

/** The subscription's position, as the reply to a subscribe request reports it. */
export interface Accepted {
  readonly epoch: string;
  readonly retention: "keyed" | "log";
  /** The cursor's offset: the position from which the client continues. */
  readonly offset: number;
  readonly snapshot?: true;
  readonly recovered?: boolean;
}

/**
 * One subscriber's subscription to one run of a topic: a cursor into the run's retained updates.
 *
 * It is "closed" until its reply is queued (`accept`, then `open`), no matter how early the source publishes. Then it is
 * "lagging" while there are unread updates, and "live" once there are none: only a live subscription takes a publication
 * when it is published. A subscriber without room makes it lagging again, and never sees the updates that are superseded
 * in the meantime.
 */
export class Subscription {
  readonly run: SubscribableRun;
  readonly subscriber: Subscriber;
  /** Its index among the run's live subscriptions, see {@link OpenSubscriptions}; -1 if it is not live. */
  liveIndex = -1;
  readonly #sink: FrameSink;
  #hasStarted = false;
  /** Undefined until something waits: most subscriptions are of topics that run already. */
  #waiting: { readonly promise: Promise<void>; resolve(): void; reject(error: Error): void } | undefined;
  #state: "closed" | "lagging" | "live" | "ended" = "closed";
  /** All updates up to this offset have been taken, or precede the subscription. A live one has taken later ones too. */
  #cursor: number;
  /** The floor when the cursor was set. Updates evicted before then were never promised. */
  #floor = 0;
  /** Whether a snapshot or a recovery is being read, whose end is reported. */
  #isCatchingUp = false;
  #endedBy: WsServerError | undefined;

  constructor(run: SubscribableRun, subscriber: Subscriber) {
    this.run = run;
    this.subscriber = subscriber;
    this.#sink = subscriber.sink;
    this.#cursor = run.history?.offset ?? 0;
  }

  /** Resolves once the source has started; rejects with the `WsServerError` for the reply. */
  get started(): Promise<void> {
    if (this.#hasStarted) return Promise.resolve();
    if (this.#endedBy !== undefined) return Promise.reject(this.#endedBy);
    this.#waiting ??= newWaiting();
    return this.#waiting.promise;
  }

  get topic(): string {
    return this.run.topic.name;
  }

  /** Whether its reply has been sent and it has not ended. */
  get isOpen(): boolean {
    return this.#state === "lagging" || this.#state === "live";
  }

  /** All updates up to this offset have been taken, or precede the subscription. */
  get cursor(): number {
    return this.#state === "live" ? Math.max(this.#cursor, this.run.open.offset) : this.#cursor;
  }

  /** The reason why it has ended; undefined before that. */
  get endedBy(): WsServerError | undefined {
    return this.#endedBy;
  }

  /**
   * Sets the cursor, to the client's position or to the start that the route grants to a new subscriber. A repeated
   * subscribe without a position changes nothing. Call `open` once the reply is queued.
   *
   * A follower also accepts a position that it has not reached yet: the client comes from a node that had received more. What
   * the client has is skipped when it arrives here.
   */
  accept(resume?: Position): Accepted {
    const { epoch, role, history } = this.run;
    const retention = this.run.topic.route.key === undefined ? "log" : "keyed";
    const wasOpen = this.#state !== "closed";
    if (history === undefined || (wasOpen && resume === undefined)) {
      // The reply makes the cursor the client's position, so an unsubscribe must not discard updates before it.
      // mutant: flush-before-reply
      this.#sink.flush();
      return { epoch, retention, offset: this.cursor };
    }
    if (wasOpen) {
      // mutant: discard-before-resume
      this.#sink.discard(this);
      // No update may be sent until the reply is queued.
      this.#close("closed");
    }
    const recovered =
      resume &&
      /* mutant: is-same-epoch */ resume.epoch === epoch &&
      /* mutant: is-above-floor */ history.floor <= resume.offset &&
      /* mutant: follow-behind-client */ (role === "follower" ||
        /* mutant: is-not-ahead */ resume.offset <= history.offset);
    const snapshot = !recovered && retention === "keyed" && this.run.topic.route.snapshot !== "none";
    if (recovered) this.#cursor = resume.offset;
    else if (snapshot) this.#cursor = history.start();
    // A follower that has just joined has updates that the client may know from before: it has been in another run meanwhile.
    else if (wasOpen || /* mutant: return-to-run */ (resume !== undefined && role === "follower")) {
      this.#cursor = history.offset;
    }
    // Updates evicted between the request and its reply precede the cursor that the reply reports.
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

  /** Starts sending updates. Call it once the reply is queued. */
  open(): void {
    if (this.#state === "closed") this.#lag();
  }

  /** A publication was not taken: it and later ones are read when there is room. Called on a live subscription. */
  fallBehind(): void {
    this.#cursor = this.cursor;
    // mutant: fall-behind
    this.#lag();
  }

  /** Reports a loss to the subscriber if updates were evicted that a lagging subscription has not read. */
  detectLoss(): void {
    if (this.#hasLost()) this.subscriber.onLost(this);
  }

  /**
   * Passes on unread updates in order, until one is not taken.
   *
   * @returns whether there are no unread updates left
   */
  read(take: (frame: Frame) => boolean): boolean {
    const { epoch, history, counts } = this.run;
    if (this.#state !== "lagging" || history === undefined) return true;
    if (this.#hasLost()) {
      this.subscriber.onLost(this);
      return true;
    }
    for (const { offset, frame } of history.unread(this.#cursor)) {
      if (!take(frame)) return false;
      this.#countConflated(offset - 1);
      counts.delivered++;
      this.#cursor = offset;
    }
    // mutant: keep-cursor-ahead
    if (history.offset > this.#cursor) {
      this.#countConflated(history.offset);
      this.#cursor = history.offset;
    }
    this.#state = "live";
    this.run.open.addLive(this, this.#sink, this.#cursor);
    if (this.#isCatchingUp) {
      this.#isCatchingUp = false;
      this.subscriber.onCurrent(this, { epoch, offset: this.#cursor });
    }
    return true;
  }

  /** Resolves `started`: the source runs. */
  start(): void {
    if (this.#endedBy === undefined) this.#hasStarted = true;
    this.#waiting?.resolve();
  }

  /** Ends the subscription: no further update is passed on, and `started` rejects if it is pending. */
  end(reason: WsServerError): void {
    this.#close("ended");
    this.#endedBy = reason;
    this.#waiting?.reject(reason);
  }

  #lag(): void {
    this.#state = "lagging";
    this.run.open.addLagging(this);
    this.#sink.markLagging(this);
  }

  #close(state: "closed" | "ended"): void {
    this.#cursor = this.cursor;
    this.#state = state;
    this.run.open.remove(this);
  }

  /** Counts the updates between the cursor and `offset` as conflated, except for a new subscriber's catch-up. */
  #countConflated(offset: number): void {
    if (!this.#isCatchingUp) this.run.counts.conflated += offset - this.#cursor;
  }

  #hasLost(): boolean {
    const floor = this.run.history?.floor ?? 0;
    // mutant: has-lost
    return floor > this.#cursor && floor > this.#floor;
  }
}

function newWaiting() {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onStarted, onEnded) => {
    resolve = onStarted;
    reject = onEnded;
  });
  // When the subscriber has disconnected, nothing handles the rejection. It must not crash the process.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
