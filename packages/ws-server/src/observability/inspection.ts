import type { Connection } from "../connection/connection.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import type { RouteCounts } from "./route-counts.js";

/** A topic whose source is starting, running or lingering. */
export interface TopicInfo {
  readonly topic: string;
  readonly route: string;
  /** Empty while the node does not know it. */
  readonly epoch: string;
  /** Whether this node runs the source or follows another one; undefined while it does not know. */
  readonly role: "owner" | "follower" | undefined;
  /** "starting", "live" with subscribers, or "lingering" without. */
  readonly state: "starting" | "live" | "lingering";
  readonly subscribers: number;
  /** Offset of the last update. */
  readonly offset: number;
  /** The highest evicted offset: a position below it cannot be recovered. */
  readonly floor: number;
  /** Number of retained updates. */
  readonly kept: number;
  /** Memory of the retained updates, in bytes. */
  readonly keptBytes: number;
}

/** One client's connection. */
export interface ConnectionInfo {
  readonly id: string;
  readonly protocol: "base" | "session";
  readonly address: string;
  /** Subject of the authenticated user; undefined when it has not authenticated. */
  readonly subject: string | undefined;
  /** Milliseconds since the connection was opened. */
  readonly livedMs: number;
  /** The subscribed topics. */
  readonly topics: readonly string[];
  /** Bytes that have not been sent. */
  readonly waitingBytes: number;
  /** Number of topics with unread updates. */
  readonly laggingTopics: number;
}

/** The result of {@link StreamServer.inspect}. */
export interface Inspection {
  readonly topics: readonly TopicInfo[];
  readonly connections: readonly ConnectionInfo[];
}

/** Statistics of a route's topics. */
export interface RouteStats extends Readonly<RouteCounts> {
  readonly route: string;
  readonly topics: number;
  readonly subscriptions: number;
}

/** The result of {@link StreamServer.stats}: statistics for metrics, without topics or users. */
export interface ServerStats {
  readonly connections: { readonly base: number; readonly session: number };
  /** Connections with unread updates, because they have no room or are reading a snapshot. */
  readonly laggingConnections: number;
  /** Cumulative number of times that a connection had no room for an update. */
  readonly slowConsumers: number;
  /** Memory of the retained updates of all topics, in bytes; 0 if the `pubSub` does not know it. */
  readonly retainedBytes: number;
  readonly routes: readonly RouteStats[];
}

/** Returns the current state of a registry and of connections. */
export function inspect(registry: TopicRegistry, connections: Iterable<Connection>): Inspection {
  return {
    topics: Array.from(registry.runs, (run) => {
      const { topic, epoch, role, history, subscriptions } = run;
      const state = !run.isLive ? "starting" : subscriptions.size > 0 ? "live" : "lingering";
      return {
        topic: topic.name,
        route: topic.route.name,
        epoch,
        role,
        state,
        subscribers: subscriptions.size,
        offset: history?.offset ?? 0,
        floor: history?.floor ?? 0,
        kept: history?.size ?? 0,
        keptBytes: history?.bytes ?? 0,
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

/** Returns the statistics of a server. @param routes names of all served routes, so that routes without topics are included */
export function statsOf(
  registry: TopicRegistry,
  connections: ReadonlySet<Connection>,
  routes: readonly string[],
  { slowConsumers, retainedBytes }: Pick<ServerStats, "slowConsumers" | "retainedBytes">,
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
    retainedBytes,
    routes: Array.from(live, ([route, figures]) => ({ route, ...figures, ...registry.countsOf(route) })),
  };
}
