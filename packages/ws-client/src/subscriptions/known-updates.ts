import { type AnyRoute, keyOf } from "./listener.js";

/** An update with its offset. */
type KnownUpdate = readonly [update: unknown, offset: number | undefined];

/**
 * The updates that a late listener receives, by key, in the order of their last updates. As in a server's snapshot: the latest
 * of each key, the current one, or none.
 */
export class KnownUpdates extends Map<unknown, KnownUpdate> {
  readonly #route: AnyRoute;

  constructor(route: AnyRoute) {
    super();
    this.#route = route;
  }

  keep(update: unknown, offset?: number): void {
    const { key, snapshot } = this.#route;
    if (snapshot === "none") return;
    const [current] = this.keys();
    const value = keyOf(key, update);
    if (snapshot === "current" && current !== value) {
      // A correction of an older bar is not the current one.
      if (current !== undefined && (value as number) < (current as number)) return;
      this.clear();
    }
    this.delete(value);
    this.set(value, [update, offset]);
  }
}
