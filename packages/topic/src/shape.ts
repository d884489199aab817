import { compileTopic, type Fields } from "./fields.js";

export type { Fields } from "./fields.js";

/** The key of a route whose every update replaces the one before: the topic is one state. */
export const SINGLE_KEY = "*";

/** What a newcomer to a topic gets: the current state, every kept update, or nothing but what comes next. */
export type Snapshot = "current" | "all" | "none";

/**
 * What topics and positions need of a route, without its schemas and without zod: plain data and one builder. Every
 * route is one; `@trading/topic/shapes` has those of this package's routes, for browsers that do not validate.
 */
export interface RouteShape<Params = never, Update = unknown> {
  /** The stream family, what stands before the topic's first colon: `bars`. */
  readonly name: string;
  readonly fields: Fields;
  /** The member of an update that tells what it replaces, {@link SINGLE_KEY}, or undefined where every update counts. */
  readonly key: string | undefined;
  readonly snapshot: Snapshot;
  /**
   * The topic of parameters, by their kinds alone. Unknown keys are dropped.
   *
   * @throws TopicError `missing`, `invalid_params`, `lone_surrogate`, `too_long` or `unreadable`, with the path
   */
  buildTopic(params: Params): string;
  /** Carries the update's type; never there at run time. */
  readonly "~update"?: Update;
}

/** The parameters of a route. */
export type ParamsOf<R> = R extends RouteShape<infer Params, unknown> ? Params : never;

/** The update of a route. */
export type UpdateOf<R> = R extends { readonly "~update"?: infer Update } ? NonNullable<Update> : never;

/** The shape of a route without zod: what a browser that does not validate needs of it. Made by code generation. */
export function defineShape<Params, Update>(
  shape: Omit<RouteShape<Params, Update>, "buildTopic" | "~update">,
): RouteShape<Params, Update> {
  return Object.freeze({ ...shape, buildTopic: compileTopic(shape.name, shape.fields) });
}
