import { compileTopic, type Fields } from "./fields.js";
import { assertRouteName } from "./topic.js";

export type { Fields } from "./fields.js";

/** The key of a route whose every update replaces the one before: the topic is one state. */
export const SINGLE_KEY = "*";

/** What a newcomer to a topic gets: the current state, every kept update, or nothing but what comes next. */
export type Snapshot = "current" | "all" | "none";

/** Who may subscribe or ask: anyone, or those that the server's authorizer lets. */
export type Access = "public" | "private";

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
  /** Whether a subscription waits for a login. @default "public" */
  readonly access?: Access;
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

/**
 * What a client needs of an operation, without its schemas and without zod. Every `Operation` is one, with parsers; where
 * they are absent, the sides are taken as they are.
 */
export interface OperationShape<Request = unknown, Reply = unknown> {
  /** As on the wire: `{name}` for the request, `{name}.response` for the reply. */
  readonly name: string;
  /** Whether a request waits for a login. @default "public" */
  readonly access?: Access;
  /** @throws TopicError `invalid_params`, or `unreadable` */
  parseRequest?(input: unknown): Request;
  /** @throws TopicError `invalid_message`, or `unreadable` */
  parseReply?(input: unknown): Reply;
  /** Carries the request's type; never there at run time. */
  readonly "~request"?: Request;
  /** Carries the reply's type; never there at run time. */
  readonly "~reply"?: Reply;
}

/**
 * Defines the shape of an operation, for a browser that does not validate it.
 *
 * @throws TopicError `invalid_route`
 */
export function defineOperationShape<Request, Reply>(
  shape: Pick<OperationShape<Request, Reply>, "name" | "access">,
): OperationShape<Request, Reply> {
  assertRouteName(shape.name);
  return Object.freeze({ ...shape });
}
