import { defineRoute } from "@trading/topic";
import * as z from "zod/mini";

/** An update of the model's routes. `v` is unique for each update. */
export interface Update {
  readonly id: string;
  readonly n: number;
  readonly v: number;
  readonly done: boolean;
}

const params = z.object({ name: z.string() });
const update = z.object({ id: z.string(), n: z.int(), v: z.int(), done: z.boolean() });
const common = { params, update, summary: "" } as const;

/** Milliseconds for which the model's routes keep finished entries. */
export const FINISHED_FOR_MS = 400;

const finished = { finished: { field: "done", values: [true] }, finishedForMs: FINISHED_FOR_MS } as const;

/** One route of each kind of retention, with bounds so small that the histories reach them often. */
export const routes = {
  all: defineRoute({ ...common, name: "all", key: "id", keep: finished, access: "public" }),
  current: defineRoute({
    ...common,
    name: "current",
    key: "n",
    keep: { count: 3 },
    snapshot: "current",
    access: "public",
  }),
  single: defineRoute({ ...common, name: "single", key: "*", access: "public" }),
  log: defineRoute({ ...common, name: "log", keep: { count: 5 }, access: "public" }),
  secret: defineRoute({ ...common, name: "secret", key: "id", access: "private" }),
} as const;

export type RouteName = keyof typeof routes;
export const ROUTE_NAMES = Object.keys(routes) as RouteName[];
