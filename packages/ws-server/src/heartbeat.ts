import type { Clock } from "./clock.js";

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
  readonly #lifetime: Lifetime;
  readonly #listener: HeartbeatListener;
  readonly #endAt: number;
  #lastBeat: number;
  #hasPinged = false;
  #cancel = () => {};

  constructor(clock: Clock, lifetime: Lifetime, listener: HeartbeatListener) {
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#listener = listener;
    this.#lastBeat = clock.monotonic();
    this.#endAt = this.#lastBeat + (lifetime.lifespanMs || Number.POSITIVE_INFINITY);
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
    const { idleMs, pings } = this.#lifetime;
    const patienceMs = pings && !this.#hasPinged ? idleMs / 2 : idleMs;
    const wakeAt = Math.min(this.#endAt, idleMs === 0 ? Number.POSITIVE_INFINITY : this.#lastBeat + patienceMs);
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#clock.after(Math.max(0, wakeAt - this.#clock.monotonic()), () => this.#wake(wakeAt));
  }

  #wake(dueAt: number): void {
    const now = this.#clock.monotonic();
    const { idleMs, pings } = this.#lifetime;
    if (now >= this.#endAt) {
      this.#listener.onLifespan();
      return;
    }
    const isLate = now - dueAt > idleMs * LATE_SHARE;
    const silentMs = now - this.#lastBeat;
    if (!isLate && silentMs >= idleMs) {
      this.#cancel = this.#clock.endOfTurn(() => this.#judge());
      return;
    }
    if (pings && !this.#hasPinged && silentMs >= idleMs / 2) {
      this.#listener.onPing();
      this.#hasPinged = true;
    }
    if (isLate) this.#lastBeat = now;
    this.#sleep();
  }

  #judge(): void {
    if (this.#clock.monotonic() - this.#lastBeat >= this.#lifetime.idleMs) this.#listener.onIdle();
    else this.#sleep();
  }
}
