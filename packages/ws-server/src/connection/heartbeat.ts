import type { Clock } from "../platform/clock.js";

/** How long a connection may be silent, and live. Milliseconds; 0 = without limit. */
export interface Lifetime {
  readonly idleMs: number;
  readonly lifespanMs: number;
  /** Ask for a sign of life after half of `idleMs`. */
  readonly pings: boolean;
}

/** What a heartbeat tells its connection. */
export interface HeartbeatListener {
  onPing(): void;
  /** Nothing was heard for `idleMs`. Called once, and nothing after it. */
  onIdle(): void;
  /** The connection has lived `lifespanMs`. Called once, and nothing after it. */
  onLifespan(): void;
}

/** A timer that is later than this share of the interval was held up by a busy process. */
const LATE_SHARE = 0.1;

/**
 * Ends a connection whose client has been silent too long, or that has lived too long.
 *
 * One timer a connection, set again only when it fires, so that a message costs no more than noting the time. A silence
 * is only judged by a timer that came in time, and after what the network had delivered was read: while the process was
 * held up nobody could be heard, and that condemns nobody. The silence then counts from anew.
 */
export class Heartbeat {
  readonly #clock: Clock;
  /** Without a limit it is infinite. */
  readonly #idleMs: number;
  readonly #pings: boolean;
  readonly #listener: HeartbeatListener;
  readonly #endAt: number;
  #lastBeat: number;
  #hasPinged = false;
  #cancel = () => {};

  constructor(clock: Clock, { idleMs, lifespanMs, pings }: Lifetime, listener: HeartbeatListener) {
    this.#clock = clock;
    this.#idleMs = idleMs || Number.POSITIVE_INFINITY;
    this.#pings = pings;
    this.#listener = listener;
    this.#lastBeat = clock.monotonic();
    this.#endAt = this.#lastBeat + (lifespanMs || Number.POSITIVE_INFINITY);
    this.#sleep();
  }

  /** The client gave a sign of life. */
  beat(): void {
    this.#lastBeat = this.#clock.monotonic();
    this.#hasPinged = false;
  }

  stop(): void {
    this.#cancel();
  }

  #sleep(): void {
    const patienceMs = this.#pings && !this.#hasPinged ? this.#idleMs / 2 : this.#idleMs;
    const wakeAt = Math.min(this.#endAt, this.#lastBeat + patienceMs);
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#clock.after(Math.max(0, wakeAt - this.#clock.monotonic()), () => this.#wake(wakeAt));
  }

  #wake(dueAt: number): void {
    const now = this.#clock.monotonic();
    if (now >= this.#endAt) {
      this.#listener.onLifespan();
      return;
    }
    // Nobody could be asked and heard in time that was lost, so both are due in the silence to come.
    if (now - dueAt > this.#idleMs * LATE_SHARE) this.beat();
    const silentMs = now - this.#lastBeat;
    if (silentMs >= this.#idleMs) {
      this.#cancel = this.#clock.endOfTurn(() => this.#judge());
      return;
    }
    if (this.#pings && !this.#hasPinged && silentMs >= this.#idleMs / 2) {
      this.#listener.onPing();
      this.#hasPinged = true;
    }
    this.#sleep();
  }

  #judge(): void {
    if (this.#clock.monotonic() - this.#lastBeat >= this.#idleMs) this.#listener.onIdle();
    else this.#sleep();
  }
}
