import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { addressGroup, type Clock, clientAddress, limitedAddresses, trustedProxies } from "@trading/ws-server";
import { RateLimit } from "./rate-limit.js";
import type { Refusals } from "./refusals.js";

/** Limits of a listener's TCP connections. */
export interface SocketLimits {
  /** Maximum number of TCP connections; further ones are closed. 0 turns it off. @default 0 */
  readonly maxConnections?: number | undefined;
  /** The same for one address. Trusted proxies have no limit, and without a list of them only public addresses have one. 0 turns it off. @default 0 */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * Maximum rate of new TCP connections of one address, per second, after a burst of five seconds' connections; further ones
   * are closed. Trusted proxies have no limit. 0 turns it off. @default 0
   */
  readonly maxNewConnectionsPerSecond?: number | undefined;
  /** Time limit for a TLS handshake, and for the headers of a request. @default 10_000 */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Time limit for a client to send a request, and to take its reply; a client that reads nothing is closed within twice
   * that time. @default 30_000
   */
  readonly requestTimeoutMs?: number | undefined;
}

export const HANDSHAKE_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 30_000;
/** Time after which a connection without a request is closed: longer than that of common proxies, which then close first. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/** Seconds of the rate of new connections that an address can use in one burst. */
const CONNECT_BURST_SECONDS = 5;

/** Interval at which Node checks its time limits. */
const CHECK_INTERVAL_MS = 1_000;

/** Options for Node's HTTP servers: time limits for clients that send their request byte by byte, or nothing. */
export function timeoutsOf(limits: SocketLimits) {
  const { handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, requestTimeoutMs = REQUEST_TIMEOUT_MS } = limits;
  return {
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: Math.max(requestTimeoutMs, handshakeTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, handshakeTimeoutMs, requestTimeoutMs),
  };
}

/** Replaces the limits of a server's connections. Present ones above a lower limit stay. */
export type SetSocketLimits = (limits: SocketLimits) => void;

/**
 * Limits the TCP connections of a server, and the time that a client can take for a reply. WebSockets are among the
 * connections until they close; their replies are the engine's.
 *
 * When there are too many, the one that has been without a request for longest makes room: clients that keep a connection
 * for later requests can open another one.
 *
 * @returns replaces the limits
 */
export function guardSockets(
  server: Server,
  given: SocketLimits,
  proxies: readonly string[] | undefined,
  { clock, refusals }: { readonly clock: Clock; readonly refusals: Refusals },
): SetSocketLimits {
  let limits = given;
  let newConnections = connectRate(given, clock);
  const isProxy = trustedProxies(proxies ?? []);
  const isLimited = limitedAddresses(proxies);
  const open = new Map<string, Socket>();
  /** Connections without a request, the one that has been so for longest first. */
  const idle = new Map<string, Socket>();
  const byGroup = new Map<string, Set<Socket>>();

  server.on("connection", (socket: Socket) => {
    const { maxConnections = 0, maxConnectionsPerAddress = 0 } = limits;
    const address = clientAddress(socket.remoteAddress, "", isProxy);
    const group = addressGroup(address);
    const same = byGroup.get(group) ?? new Set();
    const isUnlimited = isProxy(address);
    if (!isUnlimited && newConnections.take(group) > 0) {
      refusals.record("connection_rate", { address });
      return void socket.destroy();
    }
    const isFull = maxConnectionsPerAddress > 0 && same.size >= maxConnectionsPerAddress;
    if (!isUnlimited && isFull && isLimited(address)) {
      refusals.record("connections_per_address", { address });
      return void socket.destroy();
    }
    const key = keyOf(socket);
    socket.once("close", () => {
      same.delete(socket);
      if (same.size === 0 && byGroup.get(group) === same) byGroup.delete(group);
      // Another connection can have the same port by now.
      if (open.get(key) !== socket) return;
      open.delete(key);
      idle.delete(key);
    });
    open.set(key, socket);
    idle.set(key, socket);
    byGroup.set(group, same.add(socket));
    if (maxConnections === 0 || open.size <= maxConnections) return;
    // The new one itself, if all others have requests.
    const [[evictedKey, evicted] = [key, socket]] = idle;
    refusals.record("connections", { address });
    evicted.destroy();
    open.delete(evictedKey);
    idle.delete(evictedKey);
  });

  server.on("request", ({ socket, url = "" }: IncomingMessage, response: ServerResponse) => {
    if (socket.destroyed) return;
    const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = limits;
    const key = keyOf(socket);
    idle.delete(key);
    let cancel = clock.after(requestTimeoutMs, function check() {
      // Requests that waited for the reply to an earlier one get no event when their connection closes.
      if (socket.destroyed) return;
      // Until then, the server is the slow one.
      if (!response.headersSent) {
        cancel = clock.after(requestTimeoutMs, check);
        return;
      }
      refusals.record("reply_timeout", { path: url.split("?")[0] });
      socket.destroy();
    });
    response.once("close", () => {
      cancel();
      const connection = open.get(key);
      if (connection !== undefined) idle.set(key, connection);
    });
  });
  server.on("upgrade", ({ socket }: IncomingMessage) => void idle.delete(keyOf(socket)));
  return (next) => {
    limits = next;
    newConnections = connectRate(next, clock);
    const { headersTimeout, requestTimeout } = timeoutsOf(next);
    Object.assign(server, { headersTimeout, requestTimeout });
  };
}

function connectRate({ maxNewConnectionsPerSecond: perSecond = 0 }: SocketLimits, clock: Clock): RateLimit {
  return new RateLimit({ perSecond, burst: perSecond * CONNECT_BURST_SECONDS }, clock);
}

/** Returns the client's end of a connection. It is the same for an encrypted connection and the TCP connection below it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
