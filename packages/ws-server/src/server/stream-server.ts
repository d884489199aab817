import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { CloseCode } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import type { ConnectionInfo, Inspection, ServerStats } from "../observability/inspection.js";

/** Current counts. Each is the size of a set. */
export interface ServerCounts {
  readonly connections: number;
  /** Topics whose source is starting, running or stopping. */
  readonly topics: number;
  /** Subscriptions of all connections. */
  readonly subscriptions: number;
}

/** The address of a listening server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** URL of the endpoint, for a client on the same machine. */
  readonly url: string;
}

/** One client's connection, for the application. */
export interface ServerConnection extends ConnectionInfo {
  readonly principal: Principal | undefined;
  /** Closes the connection with one of the protocol's close codes. */
  close(code: Pick<CloseCode, "code" | "reason">): void;
}

/** A streaming server: one WebSocket endpoint on any number of HTTP servers. */
export interface StreamServer extends AsyncDisposable {
  readonly path: string;
  /** A snapshot of the open connections. */
  readonly connections: readonly ServerConnection[];
  /**
   * Serves the endpoints on an existing HTTP server. Upgrades of other paths are left to its other `upgrade` listeners, or
   * refused with 404 if there are none.
   *
   * @throws WsServerError `closed`
   */
  attach(http: HttpServer): void;
  /**
   * Serves the endpoints and the AsyncAPI documents on a new HTTP server.
   *
   * @param options `port` defaults to 0, which picks a free port; `host` defaults to 127.0.0.1
   * @throws WsServerError `closed`; or Node's error, such as `EADDRINUSE`
   */
  listen(options?: { readonly port?: number; readonly host?: string }): Promise<ServerAddress>;
  /**
   * Serves one client of another transport, which has accepted it. The server's WebSocket transport calls the same code
   * after its handshake.
   *
   * @returns the handlers that the transport has to call
   * @throws WsServerError `closed`
   */
  accept(socket: Socket, client: AcceptedClient): SocketHandlers;
  /**
   * Responds to a plain HTTP request for the AsyncAPI document or its page, on an existing HTTP server.
   *
   * @returns false for other requests, which are left alone
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * Publishes to a topic from outside its source.
   *
   * @returns false when the update was dropped: the topic does not run, or the update does not match its route's schema
   *   (logged)
   * @throws TopicError if the parameters do not match the route; WsServerError `unknown_route`
   */
  publish<Params, Update>(route: PublishedRoute<Params, Update>, params: Params, update: Update): boolean;
  /** Authorizes all private subscriptions again, and revokes those that are no longer allowed. */
  reauthorize(): Promise<void>;
  counts(): ServerCounts;
  /** Returns statistics for metrics. */
  stats(): ServerStats;
  /** Returns all topics and all connections, for debugging. */
  inspect(): Inspection;
  /**
   * Stops accepting connections, gives clients `drainMs` to disconnect, closes the remaining connections with 1012, and
   * stops all sources and all HTTP servers that `listen` created. Resolves when this is done, at most about two seconds
   * after the drain. A repeated call returns the same promise.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** A client that a transport has accepted. */
export interface AcceptedClient {
  readonly protocol: "base" | "session";
  /** The client's address, for `connections` and the log. */
  readonly address: string;
  /** The authenticated user; undefined before authentication. */
  readonly principal?: Principal | undefined;
}

/** The part of a route that `publish` uses, so that any `Route` with matching parameters and updates fits. */
export interface PublishedRoute<Params, Update> {
  readonly name: string;
  parseParams(input: unknown): Params;
  readonly "~update"?: Update;
}
