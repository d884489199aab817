import type { ClientLimits, ServerOptions } from "@trading/ws-server";
import type { AppLimits } from "../app.js";
import { fitSockets, openFileLimit, REQUEST_CONNECTIONS } from "../http/open-files.js";
import type { Env } from "./env.js";

/** TCP connections of one address for HTTP requests, in addition to the sockets of MAX_CONNECTIONS_PER_ADDRESS. A browser opens six for each page. */
const ROOM_PER_ADDRESS = 20;

/** Sockets of a server without MAX_CONNECTIONS. */
const DEFAULT_SOCKETS = 10_000;
/** Sockets of one address on a server without MAX_CONNECTIONS_PER_ADDRESS. */
const DEFAULT_SOCKETS_PER_ADDRESS = 1_000;

/** The end of the names of variables that limit the connections of a scope. */
type Scope = "CONNECTION" | "ANONYMOUS_CONNECTION" | "ADDRESS" | "USER";

/** Returns the limits that can change while the server runs. */
export function limitsOf(env: Env): AppLimits {
  const maxSockets = maxSocketsOf(env, openFileLimit());
  const maxSocketsPerAddress =
    env.MAX_CONNECTIONS_PER_ADDRESS === "" ? shareOfAddress(maxSockets) : env.MAX_CONNECTIONS_PER_ADDRESS;
  const connection = clientLimitsOf(env, "CONNECTION");
  return {
    sockets: {
      maxConnections: withRoom(maxSockets, REQUEST_CONNECTIONS),
      maxConnectionsPerAddress: withRoom(maxSocketsPerAddress, ROOM_PER_ADDRESS),
      maxNewConnectionsPerSecond: shareOf(env.MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS, env.WORKERS),
      requestTimeoutMs: env.HTTP_TIMEOUT_MS,
    },
    rates: {
      perAddress: env.MAX_REQUESTS_PER_SECOND_PER_ADDRESS,
      perUser: env.MAX_REQUESTS_PER_SECOND_PER_USER,
      perAccount: env.MAX_ORDERS_PER_SECOND_PER_ACCOUNT,
    },
    streaming: {
      maxConnections: maxSockets,
      maxConnectionsPerAddress: maxSocketsPerAddress,
      ...connection,
      anonymousLimits: lowerLimits(connection, clientLimitsOf(env, "ANONYMOUS_CONNECTION")),
      addressLimits: clientLimitsOf(env, "ADDRESS"),
      principalLimits: clientLimitsOf(env, "USER"),
      maxTopics: env.MAX_TOPICS,
      maxRetainedBytes: env.MAX_RETAINED_BYTES,
      maxErrors: env.MAX_ERRORS_PER_CONNECTION,
      lingerMs: env.TOPIC_LINGER_MS,
      maxBufferedBytes: env.MAX_BUFFERED_BYTES,
    },
  };
}

/** Returns the limits that a running server keeps: those with `restart` in the table of variables. */
export function fixedLimitsOf(env: Env) {
  return {
    maxRetainedBytesPerTopic: env.MAX_RETAINED_BYTES_PER_TOPIC,
    startTimeoutMs: env.TOPIC_START_TIMEOUT_MS,
    maxFrameBytes: env.MAX_FRAME_BYTES,
    maxTopicLength: env.MAX_TOPIC_LENGTH,
    heartbeatIntervalMs: env.HEARTBEAT_INTERVAL_MS,
    maxConnectionLifespanMs: env.MAX_CONNECTION_LIFESPAN_MS,
  } satisfies Partial<ServerOptions>;
}

/** Returns the number of sockets that the server accepts; 0 = no limit. */
export function maxSocketsOf({ MAX_CONNECTIONS: given }: Env, openFiles: number | undefined): number {
  return fitSockets(given === "" ? DEFAULT_SOCKETS : given, openFiles);
}

/** Returns the sockets that one address can use by default: others have as many at least. */
function shareOfAddress(maxSockets: number): number {
  if (maxSockets === 0) return DEFAULT_SOCKETS_PER_ADDRESS;
  return Math.max(1, Math.min(DEFAULT_SOCKETS_PER_ADDRESS, Math.floor(maxSockets / 2)));
}

function clientLimitsOf(env: Env, scope: Scope): ClientLimits {
  return {
    maxSubscriptions: env[`MAX_TOPICS_PER_${scope}`],
    maxTopicCharacters: env[`MAX_TOPIC_CHARACTERS_PER_${scope}`],
    maxListItems: env[`MAX_LIST_ITEMS_PER_${scope}`],
    maxSubscribedBytes: env[`MAX_SUBSCRIBED_BYTES_PER_${scope}`],
    maxRequestsPerSecond: env[`MAX_SOCKET_REQUESTS_PER_SECOND_PER_${scope}`],
    maxRequestBurst: env[`MAX_SOCKET_REQUEST_BURST_PER_${scope}`],
  };
}

/** Returns the lower one of each two limits: a connection has at most as much before its login as after it. */
function lowerLimits(left: ClientLimits, right: ClientLimits): ClientLimits {
  const names = Object.keys(left) as (keyof ClientLimits)[];
  return Object.fromEntries(
    names.map((name) => [name, lowerLimit(left[name], right[name])]),
  ) as unknown as ClientLimits;
}

/** Returns the lower one of two limits, where 0 means no limit. */
function lowerLimit(left: number, right: number): number {
  return left === 0 || right === 0 ? Math.max(left, right) : Math.min(left, right);
}

/** Returns one worker's share of a rate of connections, which the primary passes to the workers in turn; 0 stays without a limit. */
function shareOf(perSecond: number, workers: number): number {
  return perSecond === 0 ? 0 : Math.max(1, perSecond / workers);
}

/** Adds the connections for requests to a limit of sockets; 0 stays without a limit. */
function withRoom(maxSockets: number, room: number): number {
  return maxSockets === 0 ? 0 : maxSockets + room;
}
