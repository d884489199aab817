import type { Route } from "@trading/topic";
import { isFrozen } from "./update-text.js";

/** The parsed forms of frozen updates, by route. */
const parsed = new WeakMap<object, WeakMap<object, unknown>>();

/**
 * Parses an update. A frozen one is parsed once for all topics of its route, and the result is frozen too, so that it is
 * encoded once.
 *
 * @throws TopicError if it does not match the route's schema
 */
export function parseUpdate(route: Route<unknown, unknown>, update: unknown): unknown {
  if (!isFrozen(update)) return route.parseUpdate(update);
  const ofRoute = parsed.get(route) ?? new WeakMap<object, unknown>();
  parsed.set(route, ofRoute);
  const known = ofRoute.get(update);
  if (known !== undefined) return known;
  const result = Object.freeze(route.parseUpdate(update));
  ofRoute.set(update, result);
  return result;
}
