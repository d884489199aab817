import type { Frame } from "./frame.js";
import type { Publication } from "./publication.js";

/** A subscription, as far as its run's open subscriptions know it. */
interface OpenSubscription {
  /** Its index among the live ones; -1 if it is not live. */
  liveIndex: number;
  /** All updates up to this offset have been taken. */
  readonly cursor: number;
  /** A publication was not taken. Makes the subscription lagging. */
  fallBehind(): void;
  /** Reports whether updates were evicted that it has not read. Called on a lagging one after each publication. */
  detectLoss(): void;
}

/** The part of a `FrameSink` that gets the updates of live subscriptions. */
interface UpdateSink {
  take(frame: Frame): boolean;
}

/**
 * The open subscriptions of a run: the live ones, which take each publication, and the lagging ones, which read the history
 * later.
 *
 * Offering a publication is the innermost loop of the server: with a thousand subscribers it runs a thousand times for each
 * update, and spends most of its time waiting for memory. So the sinks of the live subscriptions are a separate array, and
 * the objects of the subscriptions are not read: a live one needs no cursor, because all of them have taken everything up to
 * the last publication.
 */
export class OpenSubscriptions {
  readonly #live: (OpenSubscription | undefined)[] = [];
  /** The sinks of the live subscriptions, at the same indexes. */
  readonly #sinks: (UpdateSink | undefined)[] = [];
  readonly #lagging = new Set<OpenSubscription>();
  /** Publications of sinks that publish while they take one. They wait, so that all get them in the same order. */
  #waiting: Publication[] | undefined;
  #isOffering = false;
  /** Whether live subscriptions were removed while a publication was offered. */
  #hasGaps = false;
  #offset = 0;
  /** The greatest cursor with which a subscription became live. */
  #greatestCursor = 0;

  /** Offset of the last publication that the live subscriptions have taken; 0 before the first. */
  get offset(): number {
    return this.#offset;
  }

  /** Adds a subscription that has read everything up to a cursor, which may be ahead of {@link offset}. */
  addLive(subscription: OpenSubscription, sink: UpdateSink, cursor: number): void {
    this.#lagging.delete(subscription);
    subscription.liveIndex = this.#live.length;
    this.#live.push(subscription);
    this.#sinks.push(sink);
    this.#greatestCursor = Math.max(this.#greatestCursor, cursor);
  }

  addLagging(subscription: OpenSubscription): void {
    this.#removeLive(subscription);
    this.#lagging.add(subscription);
  }

  /** Removes a subscription. Does nothing if it is not open. */
  remove(subscription: OpenSubscription): void {
    this.#lagging.delete(subscription);
    this.#removeLive(subscription);
  }

  /** Offers a publication that is in the history already. @returns how many times subscriptions have taken one */
  offer(publication: Publication): number {
    // mutant: wait-while-offering
    if (this.#isOffering) {
      this.#waiting ??= [];
      this.#waiting.push(publication);
      return 0;
    }
    let taken = 0;
    this.#isOffering = true;
    try {
      taken += this.#offer(publication);
      while (this.#waiting !== undefined && this.#waiting.length > 0) {
        taken += this.#offer(this.#waiting.shift() as Publication);
      }
    } finally {
      this.#isOffering = false;
      this.#waiting = undefined;
    }
    if (this.#hasGaps) this.#closeGaps();
    return taken;
  }

  #offer({ offset, frame }: Publication): number {
    const sinks = this.#sinks;
    // A subscription that becomes live meanwhile has read the publication in the history.
    const count = sinks.length;
    const mayBeRead = offset <= this.#greatestCursor;
    let taken = 0;
    for (let index = 0; index < count; index++) {
      const sink = sinks[index];
      if (sink === undefined) continue;
      // mutant: skip-read
      if (mayBeRead && offset <= (this.#live[index] as OpenSubscription).cursor) continue;
      // mutant: offer-to-all
      if (sink.take(frame)) taken++;
      else (this.#live[index] as OpenSubscription).fallBehind();
    }
    this.#offset = offset;
    for (const subscription of this.#lagging) subscription.detectLoss();
    return taken;
  }

  #removeLive(subscription: OpenSubscription): void {
    const index = subscription.liveIndex;
    if (index < 0) return;
    subscription.liveIndex = -1;
    this.#live[index] = undefined;
    this.#sinks[index] = undefined;
    // mutant: keep-order
    if (this.#isOffering) this.#hasGaps = true;
    else this.#fill(index);
  }

  /** Moves the last subscription into a gap. */
  #fill(gap: number): void {
    const last = this.#live.pop();
    const sink = this.#sinks.pop();
    if (last === undefined) return;
    this.#live[gap] = last;
    this.#sinks[gap] = sink;
    last.liveIndex = gap;
  }

  #closeGaps(): void {
    this.#hasGaps = false;
    for (let index = this.#live.length - 1; index >= 0; index--) {
      if (this.#live[index] === undefined) this.#fill(index);
    }
  }
}
