import { type Operation, type Route, sessionMessages } from "@trading/topic";
import type { Authorizer, Principal } from "../auth/auth.js";
import { type SourceError, WsServerError } from "../errors.js";
import type { UpdateEncoder } from "../topics/codec.js";

/** Publishes one update to a topic's subscribers. Never throws and never waits for a client. */
export interface Publish<Update> {
  /**
   * @param update a frozen one counts as immutable, its members included: it is parsed and encoded once, whatever the
   *   number of topics of its route that publish it
   * @returns false when the update was dropped: the topic has ended, or the update does not match its route's schema
   *   (logged)
   */
  (update: Update): boolean;
  /**
   * Ends the topic: its cleanup and `removeTopic` are called, and every subscriber is notified. The base protocol has no
   * message for this, so the connections of base clients are closed; they subscribe again after reconnecting.
   *
   * @param reason its code is sent to the clients. @default `source_ended`
   */
  end(reason?: SourceError): void;
}

/**
 * Stops what a `createTopic` call started. Its topic has ended and its signal is aborted. A promise delays the topic's
 * next start until it settles; an error is logged and changes nothing else.
 */
export type TopicCleanup = () => void | Promise<void>;

// biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return statement has the type Promise<void>
type MaybeCleanup = void | TopicCleanup;

/**
 * The producer of a route's updates, implemented by the application.
 *
 * For one topic the calls are strictly serial: a topic is created again only after its previous cleanup and removal have
 * settled, no matter how many clients subscribe and unsubscribe in between. All of them can throw or reject; that affects
 * only this topic.
 */
export interface TopicSource<Params, Update> {
  /**
   * Starts a topic for its first subscriber. Publish the current state, then return: clients get the reply "Subscribed"
   * once this has settled, followed by the updates. They wait at most `startTimeoutMs`.
   *
   * @param params as parsed by the route
   * @param publish callable immediately, and until the topic ends
   * @param signal aborted when the topic ends: before the cleanup and `removeTopic`, or while this call is still pending
   *   and no subscriber waits any more; then reject, or settle soon
   * @returns nothing, or a cleanup function. The engine calls it exactly once when the topic ends, before `removeTopic`;
   *   immediately when the topic ended while this call was pending
   * @throws SourceError to refuse the topic with a message for the client; any other error is logged, and the client gets
   *   a fixed message. After either, neither a cleanup nor `removeTopic` is called
   */
  createTopic(
    topic: string,
    params: Params,
    publish: Publish<Update>,
    signal: AbortSignal,
  ): MaybeCleanup | Promise<MaybeCleanup>;
  /**
   * Stops a topic whose `createTopic` succeeded. Called exactly once for each, after its cleanup. Implement it only when a
   * cleanup function does not fit.
   */
  removeTopic?(topic: string, params: Params): void | Promise<void>;
}

/** A topic of a served route, with its source bound to its parameters. */
export interface ServedTopic {
  readonly name: string;
  readonly route: Route<unknown, unknown>;
  /** As parsed by the route. */
  readonly params: unknown;
  /** Encodes its updates. @default the codec's encoding */
  readonly encoder?: UpdateEncoder;
  /** Whether every node runs it by itself, because it is derived from another topic. @default false */
  readonly isLocal?: boolean;
  /** See {@link ServeOptions.owner}. @default the name */
  readonly key?: string;
  /** See {@link ServeOptions.isHeld}. @default false */
  readonly isHeld?: boolean;
  create(publish: Publish<unknown>, signal: AbortSignal): ReturnType<TopicSource<unknown, unknown>["createTopic"]>;
  remove?(): void | Promise<void>;
}

/** A route with its source. Created by {@link serve}. */
export interface ServedRoute {
  readonly route: Route<unknown, unknown>;
  /** @throws TopicError if the payload does not match the route's parameters */
  topic(payload: unknown): ServedTopic;
}

/** Decides which server of a cluster runs the sources of a route. In one process they have no effect. */
export interface ServeOptions<Params> {
  /**
   * Returns a key for a topic: one server runs the sources of all topics of a key, of all routes, so that they can share one
   * connection to their origin. Undefined: the topic by itself. @default each topic by itself
   */
  readonly owner?: (params: Params) => string | undefined;
  /** Whether only the server that has called `hold` of its `ClusterPubSub` with the key runs the sources. @default false */
  readonly isHeld?: boolean;
}

/**
 * Combines a route with the source of its updates. The engine serves `{route}.subscribe` and `{route}.unsubscribe`, and
 * sends `{route}.update`.
 */
export function serve<Params, Update>(
  route: Route<Params, Update>,
  source: TopicSource<Params, Update>,
  { owner, isHeld }: ServeOptions<Params> = {},
): ServedRoute {
  const known = route as Route<never, unknown> as Route<unknown, unknown>;
  return {
    route: known,
    topic(payload) {
      const params = route.parseParams(payload);
      const name = route.buildTopic(params);
      const key = owner?.(params);
      return {
        name,
        route: known,
        params,
        ...(key !== undefined && { key }),
        ...(isHeld !== undefined && { isHeld }),
        create: (publish, signal) => source.createTopic(name, params, publish, signal),
        remove: () => source.removeTopic?.(name, params),
      };
    },
  };
}

/** The connection on which a request has arrived. */
export interface RequestContext {
  readonly connectionId: string;
  /** Undefined when the connection has not authenticated. */
  readonly principal: Principal | undefined;
  /** Aborted when the connection closes: the reply can no longer be sent. */
  readonly signal: AbortSignal;
}

/** An operation with its handler. Created by {@link serveOperation}. */
export interface ServedOperation {
  readonly operation: Operation<unknown, unknown>;
  readonly handle: (request: unknown, context: RequestContext) => unknown;
}

/**
 * Combines an operation with its handler.
 *
 * @param handle gets the request as parsed by its schema, and returns the reply's payload, which is checked against the
 *   reply's schema. It can throw a {@link SourceError} to refuse with a message for the client; any other error is logged,
 *   and the client gets a fixed message. Requests of one connection are handled concurrently
 */
export function serveOperation<Request, Reply>(
  operation: Operation<Request, Reply>,
  handle: (request: Request, context: RequestContext) => Reply | Promise<Reply>,
): ServedOperation {
  return { operation: operation as Operation<unknown, unknown>, handle: handle as ServedOperation["handle"] };
}

/** A named group of routes and operations. */
export interface Module {
  /** The tag in the AsyncAPI documents, and part of the module's own endpoint: `/api/v1/{name}/ws`. */
  readonly name: string;
  readonly version: string;
  /** One sentence for the AsyncAPI documents. @default "" */
  readonly description?: string;
  /** Further tags in the AsyncAPI documents. @default none */
  readonly tags?: readonly string[];
  readonly routes: readonly ServedRoute[];
  /**
   * Routes for `follow`, `read` and `publish` of the servers of a cluster only: clients cannot subscribe to them, and no document
   * describes them. @default none
   */
  readonly internalRoutes?: readonly ServedRoute[];
  /** @default none */
  readonly operations?: readonly ServedOperation[];
}

/** Defines a module. @throws WsServerError `duplicate_route` */
export function defineModule(module: Module): Module {
  assertUnique([module]);
  return module;
}

/**
 * Asserts that every message type belongs to one route or operation.
 *
 * @throws WsServerError `duplicate_route`
 */
export function assertUnique(modules: readonly Module[]): void {
  const moduleOf = new Map<string, string>();
  const take = (type: string, module: string) => {
    const other = moduleOf.get(type) ?? (RESERVED.has(type) ? "the session extension" : undefined);
    if (other !== undefined) {
      const message = `"${type}" of module "${module}" is already served by ${other}: choose another name`;
      throw new WsServerError("duplicate_route", message);
    }
    moduleOf.set(type, `module "${module}"`);
  };
  for (const { name, routes, internalRoutes = [], operations = [] } of modules) {
    for (const { route } of [...routes, ...internalRoutes]) {
      for (const verb of ["subscribe", "subscribe.response", "unsubscribe", "unsubscribe.response", "update"]) {
        take(`${route.name}.${verb}`, name);
      }
    }
    for (const { operation } of operations) {
      for (const type of [operation.name, `${operation.name}.response`]) take(type, name);
    }
  }
}

/** The message types of the session extension. */
const RESERVED: ReadonlySet<string> = new Set(Object.keys(sessionMessages));

/**
 * Asserts that an authorizer exists if something is private.
 *
 * @throws WsServerError `no_authorizer`
 */
export function assertAuthorizable(modules: readonly Module[], authorize: Authorizer | undefined): void {
  if (authorize !== undefined) return;
  for (const { name, routes, operations = [] } of modules) {
    const targets = [...routes.map(({ route }) => route), ...operations.map(({ operation }) => operation)];
    const privateTarget = targets.find(({ access }) => access === "private");
    if (privateTarget === undefined) continue;
    throw new WsServerError(
      "no_authorizer",
      `"${privateTarget.name}" of module "${name}" is private: pass the option authorize to createServer`,
    );
  }
}
