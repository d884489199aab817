import { defineRoute, SINGLE_KEY } from "@trading/topic";
import * as z from "zod/mini";
import type { TopicKind } from "../../src/index.js";

const params = z.object({ name: z.string() });
/** The schema of an update: `id` is unique, `pad` makes it larger. */
const update = z.object({ id: z.string(), key: z.string(), pad: z.string() });
const common = { params, update, access: "public", summary: "" } as const;

/** Number of updates that the log keeps. */
export const KEPT_UPDATES = 60;

/** A log that keeps few updates, so that histories exceed it, and two keyed topics that send their state to new subscribers. */
export const routes = {
  log: defineRoute({ ...common, name: "log", keep: { count: KEPT_UPDATES } }),
  state: defineRoute({ ...common, name: "state", key: "key" }),
  single: defineRoute({ ...common, name: "single", key: SINGLE_KEY }),
} as const;

export type RouteName = keyof typeof routes;
export const ROUTE_NAMES = Object.keys(routes) as RouteName[];

/** An update of any of the routes. */
export type Update = z.output<typeof update>;

/** Returns the kind of a route's topics. */
export function topicKindOf(route: RouteName): TopicKind {
  return route === "log" ? "log" : "keyed";
}
