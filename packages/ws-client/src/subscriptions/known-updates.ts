import { FINISHED_FOR_MS, isFinished } from "@trading/topic/shapes";
import type { Clock } from "../timers.js";
import { type AnyRoute, keyOf } from "./listener.js";
import type { SavedTopic } from "./topic-storage.js";

/** An update with its offset. */
type KnownUpdate = readonly [update: unknown, offset: number | undefined];

/**
 * The updates that a late listener receives, by key, in the order of their last updates. As in a server's snapshot: the latest
 * of each key, the current one, or none.
 *
 * They are evicted by the route's rule `keep`, as the server evicts them, so that a late listener receives the same keys as a
 * new client, and a topic that runs for days takes no more memory. The time of a finished key starts when the client receives
 * it, because an update does not contain the time when the server did.
 */
export class KnownUpdates extends Map<unknown, KnownUpdate> {
  readonly #route: AnyRoute;
  readonly #clock: Clock;
  readonly #onEvict: (update: unknown) => void;
  /** The times at which finished keys are evicted, earliest first. */
  readonly #finished = new Map<unknown, number>();
  #cancelEviction = () => {};

  /** @param onEvict called after an update is evicted, not if another one replaces it */
  constructor(route: AnyRoute, clock: Clock, onEvict: (update: unknown) => void) {
    super();
    this.#route = route;
    this.#clock = clock;
    this.#onEvict = onEvict;
  }

  /**
   * Adds an update. Call `evict` once the listeners are notified of it.
   *
   * @param evictInMs of a finished update that an earlier client kept. @default the route's `finishedForMs`
   */
  keep(update: unknown, offset?: number, evictInMs?: number | null): void {
    const route = this.#route;
    if (route.snapshot === "none") return;
    const [current] = this.keys();
    const key = keyOf(route.key, update);
    if (route.snapshot === "current" && current !== key) {
      // A correction of an older bar is not the current one.
      if (current !== undefined && (key as number) < (current as number)) return;
      this.clear();
    }
    this.#finished.delete(key);
    this.delete(key);
    this.set(key, [update, offset]);
    // mutant: is-finished
    if (isFinished(route, update)) {
      const delayMs = evictInMs ?? route.keep?.finishedForMs ?? FINISHED_FOR_MS;
      this.#finished.set(key, this.#clock.monotonic() + delayMs);
    }
  }

  /** Evicts the updates that the rule no longer keeps. Call it before a read too, because a timer can be late. */
  evict(): void {
    const { count = 1 / 0 } = this.#route.keep ?? {};
    const [oldest] = this.keys();
    if (this.size > count) this.#evict(oldest);
    this.#cancelEviction();
    for (const [key, evictAt] of this.#finished) {
      const delayMs = evictAt - this.#clock.monotonic();
      if (delayMs > 0) {
        // mutant: schedule-eviction
        this.#cancelEviction = this.#clock.after(delayMs, () => this.evict());
        return;
      }
      this.#evict(key);
    }
  }

  /** Returns the updates for a later client. */
  save(): Pick<SavedTopic, "known" | "evictInMs"> {
    const now = this.#clock.monotonic();
    return {
      known: Array.from(this.values(), ([update]) => update),
      evictInMs: Array.from(this.keys(), (key) => (this.#finished.get(key) ?? 1 / 0) - now),
    };
  }

  override clear(): void {
    this.#cancelEviction();
    this.#finished.clear();
    super.clear();
  }

  #evict(key: unknown): void {
    const known = this.get(key);
    this.#finished.delete(key);
    this.delete(key);
    this.#onEvict(known?.[0]);
  }
}
