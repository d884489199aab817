import { defineRoute } from "@trading/topic";
import type { ServeOptions } from "@trading/ws-server";
import * as z from "zod/mini";

const params = z.object({ name: z.string() });
/** The schema of an update: `id` is its position, as `<epoch>/<offset>`; `pad` makes it larger. */
const update = z.object({ id: z.string(), key: z.string(), pad: z.string() });
const common = { params, update, access: "public", summary: "" } as const;

/** Number of updates that the log keeps. */
export const KEPT_UPDATES = 200;

export const routes = {
  log: defineRoute({ ...common, name: "log", keep: { count: KEPT_UPDATES } }),
  state: defineRoute({ ...common, name: "state", key: "key" }),
} as const;

export type RouteName = keyof typeof routes;
export type Update = z.output<typeof update>;

/** The names of the topics of each route. Both topics of a name have one owner, except those of "c". */
export const NAMES = ["a", "b", "c"] as const;

export const serveOptions: ServeOptions<{ readonly name: string }> = {
  owner: ({ name }) => (name === "c" ? undefined : name),
};

/** Every topic, by its name. */
export const TOPICS = (Object.keys(routes) as RouteName[]).flatMap((route) =>
  NAMES.map((name) => ({ route, name, topic: routes[route].topic({ name }) })),
);

/**
 * Returns the update that a source publishes at a position. It depends on nothing else, so that the test knows what a process
 * has published that was killed. Some keys change often and others rarely: a lost update of the latter is not replaced soon.
 */
export function updateAt(epoch: string, offset: number): Update {
  const key = offset % 7 === 0 ? `rare ${(offset / 7) % 30}` : `${offset % 5}`;
  return { id: `${epoch}/${offset}`, key, pad: "·".repeat((offset * 7) % 200) };
}

/** Returns the position of an update. */
export function positionOf({ id }: Pick<Update, "id">): { readonly epoch: string; readonly offset: number } {
  const slash = id.lastIndexOf("/");
  return { epoch: id.slice(0, slash), offset: Number(id.slice(slash + 1)) };
}
