import { type Route, SINGLE_KEY } from "@trading/topic";
import type { Frame } from "./socket.js";

/**
 * What a topic keeps of its updates for newcomers: the last frame of each key, in the order they were published, as far
 * as the route's `snapshot` grants it.
 */
export class Retention {
  readonly #key: string | undefined;
  readonly #snapshot: Route["snapshot"];
  readonly #latest = new Map<unknown, Frame>();
  /** With "current": the key of the one frame that is kept. */
  #current: unknown;

  constructor(route: Pick<Route, "key" | "snapshot">) {
    this.#key = route.key;
    this.#snapshot = route.snapshot;
  }

  /** @param update as its route parsed it */
  keep(update: unknown, frame: Frame): void {
    if (this.#key === undefined || this.#snapshot === "none") return;
    const key = this.#key === SINGLE_KEY ? SINGLE_KEY : (update as Record<string, unknown>)[this.#key];
    if (this.#snapshot === "current") {
      // The current one has the greatest key (a bar's time): a late correction of an older one does not replace it.
      if (this.#latest.size > 0 && isLess(key, this.#current)) return;
      this.#latest.clear();
      this.#current = key;
    }
    this.#latest.delete(key);
    this.#latest.set(key, frame);
  }

  /** What a newcomer gets before the live updates. */
  snapshot(): Iterable<Frame> {
    return this.#latest.values();
  }
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === "number" && typeof right === "number") return left < right;
  return String(left) < String(right);
}
