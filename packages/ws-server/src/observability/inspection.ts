import type { Connection } from "../connection/connection.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import type { RouteCounts } from "./route-counts.js";

/** One topic that runs, starts, or lingers. */
export interface TopicInfo {
  readonly topic: string;
  readonly route: string;
  readonly epoch: string;
  /** "starting", "live" with subscribers, or "lingering" without. */
  readonly state: "starting" | "live" | "lingering";
  readonly subscribers: number;
  /** The last update's offset. */
  readonly offset: number;
  /** Updates below or at it may be lost to whoever has not seen them. */
  readonly floor: number;
  /** How many updates are kept. */
  readonly kept: number;
}

/** One client's connection. */
export interface ConnectionInfo {
  readonly id: string;
  readonly protocol: "base" | "session";
  readonly address: string;
  /** Whom it acts for; undefined where it has not authenticated. */
  readonly subject: string | undefined;
  readonly livedMs: number;
  /** The topics it holds. */
  readonly topics: readonly string[];
  /** Bytes that wait to be sent to it. */
  readonly waitingBytes: number;
  /** How many of its topics have something unread. */
  readonly laggingTopics: number;
}

/** What {@link StreamServer.inspect} tells. */
export interface Inspection {
  readonly topics: readonly TopicInfo[];
  readonly connections: readonly ConnectionInfo[];
}

/** What a route's topics do now, and have done. */
export interface RouteStats extends Readonly<RouteCounts> {
  readonly route: string;
  readonly topics: number;
  readonly subscriptions: number;
}

/** What {@link StreamServer.stats} tells: figures without a topic or a user in them, fit for metrics. */
export interface ServerStats {
  readonly connections: { readonly base: number; readonly session: number };
  /** Connections that have something unread for want of room, or read a snapshot just now. */
  readonly laggingConnections: number;
  /** How often a connection had no room for an update. Only grows. */
  readonly slowConsumers: number;
  readonly routes: readonly RouteStats[];
}

/** What a registry and connections look like from outside, at this moment. */
export function inspect(registry: TopicRegistry, connections: Iterable<Connection>): Inspection {
  return {
    topics: Array.from(registry.runs, (run) => {
      const { topic, epoch, history, subscriptions } = run;
      const state = !run.isLive ? "starting" : subscriptions.size > 0 ? "live" : "lingering";
      return {
        topic: topic.name,
        route: topic.route.name,
        epoch,
        state,
        subscribers: subscriptions.size,
        offset: history?.offset ?? 0,
        floor: history?.floor ?? 0,
        kept: history?.size ?? 0,
      };
    }),
    connections: Array.from(connections, (connection) => connectionInfo(registry, connection)),
  };
}

export function connectionInfo(registry: TopicRegistry, connection: Connection): ConnectionInfo {
  const { id, principal, address, livedMs, waitingBytes, laggingTopics } = connection;
  const topics = [...registry.subscriptionsOf(connection).keys()];
  const protocol = connection.protocol.name;
  return {
    id,
    protocol,
    address,
    subject: principal?.subject,
    livedMs,
    topics,
    waitingBytes,
    laggingTopics,
  };
}

/** The figures of a server. @param routes the names of those it serves, so that a quiet one is told too */
export function statsOf(
  registry: TopicRegistry,
  connections: ReadonlySet<Connection>,
  routes: readonly string[],
  slowConsumers: number,
): ServerStats {
  const live = new Map(routes.map((route) => [route, { topics: 0, subscriptions: 0 }]));
  for (const { topic, subscriptions } of registry.runs) {
    const of = live.get(topic.route.name) ?? { topics: 0, subscriptions: 0 };
    live.set(topic.route.name, { topics: of.topics + 1, subscriptions: of.subscriptions + subscriptions.size });
  }
  const all = [...connections];
  const session = all.filter(({ protocol }) => protocol.name === "session").length;
  return {
    connections: { base: all.length - session, session },
    laggingConnections: all.filter(({ laggingTopics }) => laggingTopics > 0).length,
    slowConsumers,
    routes: Array.from(live, ([route, figures]) => ({ route, ...figures, ...registry.countsOf(route) })),
  };
}
