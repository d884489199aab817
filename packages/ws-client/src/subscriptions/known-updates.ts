import { FINISHED_FOR_MS, isFinished } from "@trading/topic/shapes";
import { ClientError } from "../errors.js";
import type { Settings } from "../options.js";
import type { Reporter } from "../reporter.js";
import { text } from "../text.js";
import { type AnyRoute, keyOf } from "./listener.js";
import type { SavedTopic } from "./topic-storage.js";

/** The memory that an update counts in addition to the characters of its frame, in bytes. */
const UPDATE_BYTES = 1_000;

/** An update with its offset, and the memory that it counts. */
type KnownUpdate = readonly [update: unknown, offset: number | undefined, bytes: number];

/** The parts of a client that the known updates of all its topics share. */
export interface KnownContext {
  readonly settings: Pick<Settings, "clock" | "maxKnownBytes">;
  readonly reporter: Reporter;
  /** The memory that they count, in bytes. A server could otherwise fill it with keys without end. */
  knownBytes: number;
  /** Whether it was reported that they count more than `maxKnownBytes`. */
  isOverflowReported: boolean;
}

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
  readonly #context: KnownContext;
  readonly #onEvict: (update: unknown) => void;
  /** The times at which finished keys are evicted, earliest first. */
  readonly #finished = new Map<unknown, number>();
  #cancelEviction = () => {};

  /** @param onEvict called after an update is evicted, not if another one replaces it */
  constructor(route: AnyRoute, context: KnownContext, onEvict: (update: unknown) => void) {
    super();
    this.#route = route;
    this.#context = context;
    this.#onEvict = onEvict;
  }

  /**
   * Adds an update. Call `evict` once the listeners are notified of it.
   *
   * @param length of its frame, in characters
   * @param evictInMs of a finished update that an earlier client kept. @default the route's `finishedForMs`
   */
  keep(update: unknown, offset?: number, length = 0, evictInMs?: number | null): void {
    const route = this.#route;
    if (route.snapshot === "none") return;
    const key = keyOf(route.key, update);
    if (route.snapshot === "current" && !this.has(key)) {
      const [current] = this.keys();
      // A correction of an older bar is not the current one.
      if (current !== undefined && (key as number) < (current as number)) return;
      this.clear();
    }
    // Replacing the value of the only key takes less time than removing and adding it, and keeps the order too.
    if (this.size > 1) this.delete(key);
    else this.#forget(key);
    this.set(key, [update, offset, length + UPDATE_BYTES]);
    this.#context.knownBytes += length + UPDATE_BYTES;
    // mutant: is-finished
    if (isFinished(route, update)) {
      const delayMs = evictInMs ?? route.keep?.finishedForMs ?? FINISHED_FOR_MS;
      this.#finished.set(key, this.#context.settings.clock.monotonic() + delayMs);
    }
  }

  /** Evicts the updates that the rule no longer keeps. Call it before a read too, because a timer can be late. */
  evict(): void {
    const { count = 1 / 0 } = this.#route.keep ?? {};
    for (const oldest of this.keys()) {
      if (this.size <= count && !(/* mutant: limit-known */ this.#isOverflow())) break;
      this.#evict(oldest);
    }
    this.#cancelEviction();
    for (const [key, evictAt] of this.#finished) {
      const delayMs = evictAt - this.#context.settings.clock.monotonic();
      if (delayMs > 0) {
        // mutant: schedule-eviction
        this.#cancelEviction = this.#context.settings.clock.after(delayMs, () => this.evict());
        return;
      }
      this.#evict(key);
    }
  }

  /** Returns the updates for a later client. */
  save(): Pick<SavedTopic, "known" | "evictInMs"> {
    const now = this.#context.settings.clock.monotonic();
    return {
      known: Array.from(this.values(), ([update]) => update),
      evictInMs: Array.from(this.keys(), (key) => (this.#finished.get(key) ?? 1 / 0) - now),
    };
  }

  override delete(key: unknown): boolean {
    this.#forget(key);
    return super.delete(key);
  }

  override clear(): void {
    this.#cancelEviction();
    for (const key of this.keys()) this.delete(key);
  }

  /** Removes what was counted and scheduled for a key. */
  #forget(key: unknown): void {
    // By index: every update comes here, and a pattern would create an iterator.
    this.#context.knownBytes -= this.get(key)?.[2] ?? 0;
    this.#finished.delete(key);
  }

  #isOverflow(): boolean {
    const { settings, reporter, knownBytes, isOverflowReported } = this.#context;
    const { maxKnownBytes } = settings;
    const isOverflow = maxKnownBytes > 0 && knownBytes > maxKnownBytes;
    if (isOverflow && !isOverflowReported) {
      this.#context.isOverflowReported = true;
      const message = text`Evicting known updates above ${maxKnownBytes} bytes: raise maxKnownBytes if they are needed`;
      reporter.report(new ClientError("overflow", message));
    }
    return isOverflow;
  }

  #evict(key: unknown): void {
    const known = this.get(key);
    this.delete(key);
    this.#onEvict(known?.[0]);
  }
}
