import { addressGroup, type LimitedAddresses } from "./addresses.js";
import type { Refusal } from "./refusal.js";

/** Limits on the number of connections. */
export interface ConnectionLimits {
  /** In total; one more is refused with 503. 0 = no limit. */
  readonly maxConnections: number;
  /** Per limited address, where an IPv6 /64 counts as one; one more is refused with 429. 0 = no limit. */
  readonly maxConnectionsPerAddress: number;
}

/** A counted connection. */
export interface Admission {
  readonly ok: true;
  /** Stops counting the connection. A repeated call does nothing. */
  release(): void;
}

/** Counts connections, including those in the handshake. Each count is the size of a set. */
export class ConnectionLimit {
  #limits: ConnectionLimits;
  readonly #isLimited: LimitedAddresses;
  readonly #all = new Set<Admission>();
  /** Empty if there is no limit per address. */
  readonly #byAddress = new Map<string, Set<Admission>>();

  /** @param isLimited whether the limit of an address applies. @default to all */
  constructor(limits: ConnectionLimits, isLimited: LimitedAddresses = () => true) {
    this.#limits = limits;
    this.#isLimited = isLimited;
  }

  /** Replaces the limits. Connections above a lower one stay. */
  setLimits(limits: ConnectionLimits): void {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Number of addresses with a connection. */
  get addresses(): number {
    return this.#byAddress.size;
  }

  /** @param address as the handshake has determined it */
  admit(address: string): Admission | Refusal {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    if (maxConnections > 0 && this.#all.size >= maxConnections) return FULL;
    if (maxConnectionsPerAddress === 0 || !this.#isLimited(address)) return this.#add();
    const group = addressGroup(address);
    const sameAddress = this.#byAddress.get(group) ?? new Set();
    if (sameAddress.size >= maxConnectionsPerAddress) return TOO_MANY_OF_ONE;
    this.#byAddress.set(group, sameAddress);
    const admission = this.#add((leaving) => {
      sameAddress.delete(leaving);
      // The map may already have a new set for the address.
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
  cause: "connections",
  reason: "The server has reached its maximum number of connections: try again later.",
  headers: { "Retry-After": "5" },
};

const TOO_MANY_OF_ONE: Refusal = {
  ok: false,
  status: 429,
  cause: "address_connections",
  reason: "Your address has reached its maximum number of connections: close one, or try again later.",
  headers: { "Retry-After": "30" },
};
