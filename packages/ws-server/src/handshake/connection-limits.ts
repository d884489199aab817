import type { Clock } from "../platform/clock.js";
import { addressGroup } from "./addresses.js";
import type { Refusal } from "./refusal.js";

/** The longest token that is looked at, in bytes, wherever it comes from. */
export const MAX_TOKEN_BYTES = 16_384;

/** How often something may happen, shared by the buckets that hold to it. */
export interface Rate {
  /** How many a second, in the long run. 0 is no limit. */
  readonly perSecond: number;
  /** How many at once, after a rest. */
  readonly burst: number;
}

/** Counts what one connection does against a {@link Rate}. One number of its own, no timer. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** The moment at which all that was taken is paid for by the rate alone; the burst lies before it. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /**
   * Takes for what was done already, so that it may owe: messages that had been read when the limit was reached are
   * still handled, and waited for afterwards.
   *
   * @returns milliseconds until nothing is owed; 0 = go on
   */
  take(count = 1): number {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return 0;
    const eachMs = 1_000 / perSecond;
    const now = this.#clock.monotonic();
    this.#paidAt = Math.max(this.#paidAt, now - burst * eachMs) + count * eachMs;
    return Math.max(0, Math.ceil(this.#paidAt - now));
  }
}

/** How many connections there may be. */
export interface ConnectionLimits {
  /** In total; one more is refused with 503. 0 is no limit. */
  readonly maxConnections: number;
  /** From one address, an IPv6 /64 being one; one more is refused with 429. 0 is no limit. */
  readonly maxConnectionsPerAddress: number;
}

/** A place among the connections. */
export interface Admission {
  readonly ok: true;
  /** Gives the place back. Calling it again does nothing. */
  release(): void;
}

/** Counts connections, those still at their handshake among them. Each count is the size of a set. */
export class ConnectionLimit {
  readonly #limits: ConnectionLimits;
  readonly #all = new Set<Admission>();
  /** Empty while addresses are not limited. */
  readonly #byAddress = new Map<string, Set<Admission>>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  /** How many addresses are held in memory. */
  get addresses(): number {
    return this.#byAddress.size;
  }

  /** @param address as the handshake tells it */
  admit(address: string): Admission | Refusal {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    if (maxConnections > 0 && this.#all.size >= maxConnections) return FULL;
    if (maxConnectionsPerAddress === 0) return this.#add();
    const group = addressGroup(address);
    const sameAddress = this.#byAddress.get(group) ?? new Set();
    if (sameAddress.size >= maxConnectionsPerAddress) return TOO_MANY_OF_ONE;
    this.#byAddress.set(group, sameAddress);
    const admission = this.#add((leaving) => {
      sameAddress.delete(leaving);
      // A set that was emptied before may have a successor by now.
      if (sameAddress.size === 0 && this.#byAddress.get(group) === sameAddress) this.#byAddress.delete(group);
    });
    sameAddress.add(admission);
    return admission;
  }

  #add(onRelease?: (admission: Admission) => void): Admission {
    const admission: Admission = {
      ok: true,
      release: () => {
        this.#all.delete(admission);
        onRelease?.(admission);
      },
    };
    this.#all.add(admission);
    return admission;
  }
}

const FULL: Refusal = {
  ok: false,
  status: 503,
  reason: "The server has as many connections as it may: try again later.",
  headers: { "Retry-After": "5" },
};

const TOO_MANY_OF_ONE: Refusal = {
  ok: false,
  status: 429,
  reason: "Your address has as many connections as it may: close one, or try again later.",
  headers: { "Retry-After": "30" },
};
