import { addressGroup, type LimitedAddresses } from "../handshake/addresses.js";
import type { Clock } from "../platform/clock.js";
import { type LimitsByScope, NO_LIMITS } from "./client-limits.js";
import { Usage } from "./usage.js";

/** A connection, as far as its limits are concerned. */
export interface Limited {
  readonly address: string;
  /** Undefined before the login. */
  readonly principal: { readonly subject: string } | undefined;
}

/** Maximum number of clients without a connection whose rate is remembered. Above it, those that have left first are forgotten. */
const MAX_DEPARTED = 10_000;

/** The usage of one connection, and of the connections that it belongs to. */
export type Usages = readonly [own: Usage, shared: Usage];

/**
 * The connections by client: those of one principal, or, before the login, those of one address. Their limits apply
 * together, so that a client cannot multiply them by connecting more often.
 */
export class Clients {
  readonly #limits: LimitsByScope;
  readonly #clock: Clock;
  readonly #isLimited: LimitedAddresses;
  readonly #usageOf = new Map<string, Usage>();
  /** The usages of clients that have left and would get a new burst by connecting again. The one that left last comes last. */
  readonly #departed = new Map<string, Usage>();
  /** The connections of each usage and its key. It is deleted with its last connection. */
  readonly #membersOf = new Map<Usage, { readonly key: string; readonly connections: Set<Limited> }>();

  /** @param isLimited whether the limits of an address apply to it */
  constructor(limits: LimitsByScope, clock: Clock, isLimited: LimitedAddresses) {
    this.#limits = limits;
    this.#clock = clock;
    this.#isLimited = isLimited;
  }

  /**
   * Replaces the limits, also those of present clients: a client above a lower limit keeps its subscriptions. Rates apply to
   * clients that connect from now on.
   */
  setLimits(limits: LimitsByScope): void {
    // The usages refer to the same objects.
    for (const scope of ["connection", "anonymous", "address", "principal"] as const) {
      Object.assign(this.#limits[scope], limits[scope]);
    }
  }

  /** Number of clients with a connection. */
  get size(): number {
    return this.#usageOf.size;
  }

  /**
   * Returns the usages of a connection.
   *
   * @param before the usages before its login. Its subscriptions count for the principal from now on
   */
  enter(connection: Limited, before?: Usages): Usages {
    const { anonymous, connection: ordinary } = this.#limits;
    const scope = connection.principal === undefined && anonymous !== ordinary ? "anonymous" : "connection";
    const own = before?.[0].scope === scope ? before[0] : new Usage(scope, this.#limits[scope], this.#clock);
    const usages: Usages = [own, this.#shared(connection)];
    for (const subscription of [...(before?.[0].subscriptions ?? [])]) {
      for (const usage of before ?? []) usage.remove(subscription);
      for (const usage of usages) usage.add(subscription);
    }
    if (before !== undefined && before[1] !== usages[1]) this.leave(connection, before);
    return usages;
  }

  /** Removes a connection that has closed or has another client now. */
  leave(connection: Limited, [, shared]: Usages): void {
    const members = this.#membersOf.get(shared);
    members?.connections.delete(connection);
    if (members?.connections.size !== 0) return;
    this.#membersOf.delete(shared);
    this.#usageOf.delete(members.key);
    this.#depart(members.key, shared);
  }

  #depart(key: string, usage: Usage): void {
    // mutant: remember-rate
    if (!usage.requests.isFull) this.#departed.set(key, usage);
    for (const [other, { requests }] of this.#departed) {
      if (!requests.isFull && this.#departed.size <= MAX_DEPARTED) return;
      this.#departed.delete(other);
    }
  }

  #shared(connection: Limited): Usage {
    const { principal, address } = connection;
    const scope = principal === undefined ? "address" : "principal";
    const key = `${scope} ${principal?.subject ?? addressGroup(address)}`;
    const known = this.#usageOf.get(key) ?? this.#departed.get(key);
    const isLimited = principal !== undefined || this.#isLimited(address);
    const usage = known ?? new Usage(scope, isLimited ? this.#limits[scope] : NO_LIMITS, this.#clock);
    this.#departed.delete(key);
    this.#usageOf.set(key, usage);
    const members = this.#membersOf.get(usage) ?? { key, connections: new Set() };
    this.#membersOf.set(usage, members);
    members.connections.add(connection);
    return usage;
  }
}
