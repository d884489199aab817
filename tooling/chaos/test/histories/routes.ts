import { defineRoute, SINGLE_KEY } from "@trading/topic";
import * as z from "zod/mini";
import type { Promised } from "../../src/index.js";

const params = z.object({ name: z.string() });
/** `id` tells every update from every other; `pad` makes it as large as it is wanted. */
const update = z.object({ id: z.string(), key: z.string(), pad: z.string() });
const common = { params, update, access: "public", summary: "" } as const;

/** How many updates the log keeps. */
export const KEPT_UPDATES = 60;

/** A log that keeps so little that it is outrun, and two kinds of state that a newcomer gets whole. */
export const routes = {
  log: defineRoute({ ...common, name: "log", keep: { count: KEPT_UPDATES } }),
  state: defineRoute({ ...common, name: "state", key: "key" }),
  single: defineRoute({ ...common, name: "single", key: SINGLE_KEY }),
} as const;

export type RouteName = keyof typeof routes;
export const ROUTE_NAMES = Object.keys(routes) as RouteName[];

/** One update of any of them. */
export type Update = z.output<typeof update>;

/** What a route promises to its listeners. */
export function promisedBy(route: RouteName): Promised {
  return route === "log" ? "log" : "keyed";
}
