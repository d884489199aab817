import { compileTopic } from "./compile-topic.js";
import type { Fields } from "./fields.js";
import type { Keep } from "./keep.js";
import { assertRouteName } from "./topic.js";

export type { Fields } from "./fields.js";
export { excessOf, type ParseLimits } from "./frame-limits.js";
export { FINISHED_FOR_MS, isFinished, type Keep } from "./keep.js";

/** The key of a route on which each update replaces the previous one: the whole topic is one state. */
export const SINGLE_KEY = "*";

/** The updates that a new subscriber gets: the current one, all retained ones, or only new ones. */
export type Snapshot = "current" | "all" | "none";

/** The access to a route or operation: any caller, or only callers that the server's authorizer allows. */
export type Access = "public" | "private";

/**
 * A route without its schemas: plain data and a topic builder, without zod. Every `Route` is also a shape.
 * `@trading/topic/shapes` exports the shapes of this package's routes, for browsers that do not validate.
 */
export interface RouteShape<Params = never, Update = unknown> {
  /** The route's name, which is the text before the topic's first colon: `bars`. */
  readonly name: string;
  readonly fields: Fields;
  /** The field of an update that identifies what it replaces, {@link SINGLE_KEY}, or undefined for a log route. */
  readonly key: string | undefined;
  readonly snapshot: Snapshot;
  /** The retention of the updates. @default `count` 1000 for a log, unlimited for a keyed route */
  readonly keep?: Keep;
  /** Whether subscribing requires a login. @default "public" */
  readonly access?: Access;
  /**
   * Builds the topic of params. Checks types only, and ignores unknown keys.
   *
   * @throws TopicError `missing`, `invalid_params`, `lone_surrogate`, `too_long` or `unreadable`, with the path
   */
  buildTopic(params: Params): string;
  /** The update's type, for inference only: never set at run time. */
  readonly "~update"?: Update;
}

/** The params type of a route. */
export type ParamsOf<R> = R extends RouteShape<infer Params, unknown> ? Params : never;

/** The update type of a route. */
export type UpdateOf<R> = R extends { readonly "~update"?: infer Update } ? NonNullable<Update> : never;

/** Creates the shape of a route. Used by generated code. */
export function defineShape<Params, Update>(
  shape: Omit<RouteShape<Params, Update>, "buildTopic" | "~update">,
): RouteShape<Params, Update> {
  return Object.freeze({ ...shape, buildTopic: compileTopic(shape.name, shape.fields) });
}

/**
 * An operation without its schemas and without zod. Every `Operation` is also a shape, with parsers. Without parsers,
 * requests and replies are not validated.
 */
export interface OperationShape<Request = unknown, Reply = unknown> {
  /** The message type of the request; the reply has the type `{name}.response`. */
  readonly name: string;
  /** Whether a request requires a login. @default "public" */
  readonly access?: Access;
  /** @throws TopicError `invalid_params`, or `unreadable` */
  parseRequest?(input: unknown): Request;
  /** @throws TopicError `invalid_message`, or `unreadable` */
  parseReply?(input: unknown): Reply;
  /** The request's type, for inference only: never set at run time. */
  readonly "~request"?: Request;
  /** The reply's type, for inference only: never set at run time. */
  readonly "~reply"?: Reply;
}

/**
 * Creates the shape of an operation, for browsers that do not validate.
 *
 * @throws TopicError `invalid_route`
 */
export function defineOperationShape<Request, Reply>(
  shape: Pick<OperationShape<Request, Reply>, "name" | "access">,
): OperationShape<Request, Reply> {
  assertRouteName(shape.name);
  return Object.freeze({ ...shape });
}
