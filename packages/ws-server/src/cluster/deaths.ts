import type { Clock } from "../platform/clock.js";
import type { Bus } from "./bus.js";
import type { ClusterTimings } from "./timings.js";

/** Nodes that are remembered as not alive. Each start of a process is a new node, so a cluster sees more and more of them. */
const MAX_SUSPECTS = 1_000;

/** The services that the looks at other nodes use. */
export interface DeathServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timings: ClusterTimings;
}

/**
 * Finds out which nodes are dead. A node whose lifetime has run out may only have been cut off for a moment, so it is dead when
 * a second look says the same, `graceMs` later and on the same connection.
 */
export class Deaths {
  readonly #services: DeathServices;
  /** The times of the first and the last look at which a node was not alive; the node that was looked at longest ago first. */
  readonly #suspects = new Map<string, { readonly firstAt: number; readonly lastAt: number }>();
  readonly #looking = new Map<string, (() => void)[]>();
  /** Increases with each connection. */
  #connection = 0;

  constructor(services: DeathServices) {
    this.#services = services;
  }

  /** Forgets what was seen on the connection that is broken: it says nothing about another one. */
  onDown(): void {
    this.#connection++;
    this.#suspects.clear();
    this.#looking.clear();
  }

  /** Whether a node was not alive at the last look. */
  isSuspect(node: string): boolean {
    return this.#suspects.has(node);
  }

  /** Looks at a node. @param onDead called if it is dead; not called if it is alive, or not known yet */
  look(node: string, onDead: () => void): void {
    const { bus, clock, timings } = this.#services;
    if (!bus.isUp) return;
    const waiting = this.#looking.get(node);
    if (waiting !== undefined) return void waiting.push(onDead);
    const callbacks = [onDead];
    this.#looking.set(node, callbacks);
    const connection = this.#connection;
    const seen = (isAlive: boolean | undefined) => {
      if (connection !== this.#connection || this.#looking.get(node) !== callbacks) return;
      this.#looking.delete(node);
      cancel();
      if (isAlive === undefined) return;
      if (isAlive) return void this.#suspects.delete(node);
      const lastAt = clock.monotonic();
      const before = this.#suspects.get(node);
      // It may have been alive since a look that was long ago.
      const isRecent = before !== undefined && lastAt - before.lastAt <= 2 * timings.graceMs;
      const firstAt = isRecent ? before.firstAt : lastAt;
      this.#suspects.delete(node);
      this.#suspects.set(node, { firstAt, lastAt });
      // mutant: limit-suspects
      if (this.#suspects.size > MAX_SUSPECTS) this.#suspects.delete(this.#suspects.keys().next().value as string);
      // mutant: second-look
      if (lastAt - firstAt >= timings.graceMs) for (const callback of callbacks) callback();
    };
    const cancel = clock.after(timings.answerMs, () => seen(undefined));
    bus.isAlive(node).then(seen, () => seen(undefined));
  }
}
