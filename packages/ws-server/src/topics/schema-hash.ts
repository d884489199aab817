import { createHash } from "node:crypto";
import type { Route } from "@trading/topic";
import { jsonSchemaOf } from "@trading/topic/json-schema";

const hashes = new WeakMap<Route<unknown, unknown>, string>();

/** Texts for people: they may differ between servers that run the same route. */
const ANNOTATIONS = new Set(["title", "description", "examples"]);

/**
 * Returns a hash of what servers must agree on to share the topics of a route: the schema of its updates, their key, and the snapshot.
 * It is computed once for each route.
 */
export function schemaHash(route: Route<unknown, unknown>): string {
  const known = hashes.get(route);
  if (known !== undefined) return known;
  const { key, snapshot, update } = route;
  const text = JSON.stringify({ key, snapshot, update: jsonSchemaOf(update, "") }, (name, value) =>
    // A field of an update can have the name of an annotation; its value is a schema then.
    ANNOTATIONS.has(name) && (typeof value === "string" || Array.isArray(value)) ? undefined : value,
  );
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  hashes.set(route, hash);
  return hash;
}
