import type { Route } from "@trading/topic";
import { WsServerError } from "./errors.js";

/**
 * Hands one update to the engine. Never throws and never waits for a client.
 *
 * @returns false where it was dropped: the topic has been removed, or the update is not of its route's schema (logged)
 */
export type Publish<Update> = (update: Update) => boolean;

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
  readonly route: ServedRoute;
  create(publish: Publish<unknown>, signal: AbortSignal): void | Promise<void>;
  remove(): void | Promise<void>;
}

/** A route with its source. Made by {@link serve}. */
export interface ServedRoute extends Pick<Route<unknown, unknown>, "name" | "key" | "snapshot" | "parseUpdate"> {
  /** @throws TopicError where the payload is not of the route's parameters */
  topic(payload: unknown): ServedTopic;
}

/**
 * Joins a route to the source of its updates. The engine makes its three operations of them.
 *
 * @throws WsServerError `private_route`: this engine does not authorize yet, and must not give a private route to anyone
 */
export function serve<Params, Update>(route: Route<Params, Update>, source: TopicSource<Params, Update>): ServedRoute {
  if (route.access === "private") {
    throw new WsServerError(
      "private_route",
      `Route "${route.name}" is private, and this engine cannot authorize yet: serve public routes only`,
    );
  }
  const served: ServedRoute = {
    name: route.name,
    key: route.key,
    snapshot: route.snapshot,
    parseUpdate: (update) => route.parseUpdate(update),
    topic(payload) {
      const params = route.parseParams(payload);
      const name = route.buildTopic(params);
      return {
        name,
        route: served,
        create: (publish, signal) => source.createTopic(name, params, publish, signal),
        remove: () => source.removeTopic(name, params),
      };
    },
  };
  return served;
}

/** Routes that belong together, under one name. */
export interface Module {
  readonly name: string;
  readonly version: string;
  readonly routes: readonly ServedRoute[];
}

/** @throws WsServerError `duplicate_route` */
export function defineModule(module: Module): Module {
  routesOf([module]);
  return module;
}

/**
 * The routes of all modules by name.
 *
 * @throws WsServerError `duplicate_route` where two have one name: their updates could not be told apart
 */
export function routesOf(modules: readonly Module[]): ReadonlyMap<string, ServedRoute> {
  const routes = new Map<string, ServedRoute>();
  for (const module of modules) {
    for (const route of module.routes) {
      if (routes.has(route.name)) {
        throw new WsServerError(
          "duplicate_route",
          `Route "${route.name}" of module "${module.name}" is served already: serve each route once`,
        );
      }
      routes.set(route.name, route);
    }
  }
  return routes;
}
