import { type Operation, type Route, sessionMessages } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import { type SourceError, WsServerError } from "../errors.js";
import type { EncodeUpdate } from "../topics/codec.js";

/**
 * Hands one update to the engine. Never throws and never waits for a client.
 */
export interface Publish<Update> {
  /**
   * @returns false where it was dropped: the topic has been removed, or the update is not of its route's schema (logged)
   */
  (update: Update): boolean;
  /**
   * The source gives the topic up: its run ends, `removeTopic` is called, and every subscriber is told. A client that
   * cannot be told (one without the session extension) is closed, so that it asks anew.
   *
   * @param reason its code goes to the clients. @default `source_ended`
   */
  end(reason?: SourceError): void;
}

/**
 * Where a route's updates come from: the seam an application implements.
 *
 * The engine's side of the bargain: for one topic the calls are strictly serial, `createTopic` and `removeTopic` in
 * turns, however many clients come and go meanwhile. Both may throw or reject; that ends or refuses this topic only.
 */
export interface TopicSource<Params, Update> {
  /**
   * The first client asks for the topic. Publish the present state, then return: clients are told "Subscribed" when this
   * has settled, and get what was published after that. They wait a limited time (`startTimeoutMs`).
   *
   * @param params as the route parsed them
   * @param publish may be called at once and until `removeTopic`
   * @param signal aborted when the topic is given up: before `removeTopic`, or while this is still pending and nobody
   *   waits any more; then reject, or settle soon
   * @throws SourceError to refuse in words for the client; any other error is logged and answered with a fixed text.
   *   After either, `removeTopic` is not called
   */
  createTopic(topic: string, params: Params, publish: Publish<Update>, signal: AbortSignal): void | Promise<void>;
  /** The last client has left a topic whose `createTopic` has succeeded. Called exactly once for each. */
  removeTopic(topic: string, params: Params): void | Promise<void>;
}

/** A topic of a served route: its name and its source, bound to its parameters. */
export interface ServedTopic {
  readonly name: string;
  readonly route: Route<unknown, unknown>;
  /** As the route parsed them. */
  readonly params: unknown;
  /** How its updates are written, where that is not the codec's way. */
  readonly encode?: EncodeUpdate;
  create(publish: Publish<unknown>, signal: AbortSignal): void | Promise<void>;
  remove(): void | Promise<void>;
}

/** A route with its source. Made by {@link serve}. */
export interface ServedRoute {
  readonly route: Route<unknown, unknown>;
  /** @throws TopicError where the payload is not of the route's parameters */
  topic(payload: unknown): ServedTopic;
}

/**
 * Joins a route to the source of its updates. The engine makes its three operations of them: `{route}.subscribe`,
 * `{route}.unsubscribe` and `{route}.update`.
 */
export function serve<Params, Update>(route: Route<Params, Update>, source: TopicSource<Params, Update>): ServedRoute {
  const known = route as Route<never, unknown> as Route<unknown, unknown>;
  return {
    route: known,
    topic(payload) {
      const params = route.parseParams(payload);
      const name = route.buildTopic(params);
      return {
        name,
        route: known,
        params,
        create: (publish, signal) => source.createTopic(name, params, publish, signal),
        remove: () => source.removeTopic(name, params),
      };
    },
  };
}

/** Who asks, for a module's operation. */
export interface RequestContext {
  readonly connectionId: string;
  /** Undefined where the connection has not authenticated. */
  readonly principal: Principal | undefined;
  /** Aborted when the connection has closed: nobody waits for the reply any more. */
  readonly signal: AbortSignal;
}

/** An operation with what answers it. Made by {@link serveOperation}. */
export interface ServedOperation {
  readonly operation: Operation<unknown, unknown>;
  readonly handle: (request: unknown, context: RequestContext) => unknown;
}

/**
 * Joins an operation to what answers it.
 *
 * @param handle gets the request as its schema parsed it; what it returns is the reply's payload and is checked against
 *   the reply's schema. Throwing a {@link SourceError} refuses in words for the client; any other error is logged and
 *   answered with a fixed text. Requests of one connection are answered side by side
 */
export function serveOperation<Request, Reply>(
  operation: Operation<Request, Reply>,
  handle: (request: Request, context: RequestContext) => Reply | Promise<Reply>,
): ServedOperation {
  return { operation: operation as Operation<unknown, unknown>, handle: handle as ServedOperation["handle"] };
}

/** Routes and operations that belong together, under one name. */
export interface Module {
  /** Its tag in the documents, and its own endpoint: `/api/v1/{name}/ws`. */
  readonly name: string;
  readonly version: string;
  /** One sentence for the documents. @default "" */
  readonly description?: string;
  /** Further tags for the documents. @default none */
  readonly tags?: readonly string[];
  readonly routes: readonly ServedRoute[];
  /** @default none */
  readonly operations?: readonly ServedOperation[];
}

/** Names the routes and operations that belong together. @throws WsServerError `duplicate_route` */
export function defineModule(module: Module): Module {
  assertUnique([module]);
  return module;
}

/**
 * Holds modules to message types that are told apart.
 *
 * @throws WsServerError `duplicate_route` where two routes or operations would answer to one message type
 */
export function assertUnique(modules: readonly Module[]): void {
  const moduleOf = new Map<string, string>();
  const take = (type: string, module: string) => {
    const other = moduleOf.get(type) ?? (RESERVED.has(type) ? "the session extension" : undefined);
    if (other !== undefined) {
      const message = `"${type}" of module "${module}" is served already by ${other}: give it a name of its own`;
      throw new WsServerError("duplicate_route", message);
    }
    moduleOf.set(type, `module "${module}"`);
  };
  for (const { name, routes, operations = [] } of modules) {
    for (const { route } of routes) {
      for (const verb of ["subscribe", "subscribe.response", "unsubscribe", "unsubscribe.response", "update"]) {
        take(`${route.name}.${verb}`, name);
      }
    }
    for (const { operation } of operations) {
      for (const type of [operation.name, `${operation.name}.response`]) take(type, name);
    }
  }
}

/** Message types that are the engine's own. */
const RESERVED: ReadonlySet<string> = new Set(Object.keys(sessionMessages));
