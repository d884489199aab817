import { addressGroup } from "./addresses.js";
import type { Refusal } from "./refusal.js";

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
