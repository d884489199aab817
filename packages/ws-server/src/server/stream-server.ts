import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { CloseCode } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import type { Revocation } from "../auth/revocations.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import type { ConnectionInfo, Inspection, ServerStats } from "../observability/inspection.js";
import type { TopicListener } from "../topics/topic-follower.js";
import type { ServerLimits } from "./options.js";

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
  /**
   * Closes the connection.
   *
   * @throws WsServerError `invalid_option` if no close frame can carry the code or the reason
   */
  close(code: Pick<CloseCode, "code" | "reason">): void;
}

/** Options of `StreamServer.attach`. */
export interface AttachOptions {
  /**
   * Whether upgrade requests for a path that no stream server of the HTTP server serves are refused with 404, instead of
   * being left to the HTTP server's other `upgrade` listeners. With several stream servers, the last one decides.
   *
   * @default true if there are no other listeners
   */
  readonly refuseOtherPaths?: boolean | undefined;
}

/** A streaming server: one WebSocket endpoint on any number of HTTP servers. */
export interface StreamServer extends AsyncDisposable {
  readonly path: string;
  /** A snapshot of the open connections. */
  readonly connections: readonly ServerConnection[];
  /**
   * Serves the endpoints on an existing HTTP server, which can have other stream servers too.
   *
   * @throws WsServerError `closed`
   */
  attach(http: HttpServer, options?: AttachOptions): void;
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
   * Publishes to a topic from outside its source, on any node of a cluster.
   *
   * @returns false when the update was dropped: the topic does not run, or the update does not match its route's schema
   *   (logged). In a cluster, true can also mean that the update was sent to the owner, at most once
   * @throws TopicError if the parameters do not match the route; WsServerError `unknown_route`
   */
  publish<Params, Update>(route: PublishedRoute<Params, Update>, params: Params, update: Update): boolean;
  /**
   * Subscribes to a topic within this process, also if another node runs its source. A topic that ends is subscribed to again,
   * if its end is retryable. Nothing is authorized.
   *
   * @returns unsubscribes
   * @throws TopicError if the parameters do not match the route; WsServerError `unknown_route`
   */
  follow<Params, Update>(
    route: PublishedRoute<Params, Update>,
    params: Params,
    listener: TopicListener<Update>,
  ): () => void;
  /**
   * Returns the updates that a new subscriber of a topic gets now, such as the current bar. Starts the source if it does not
   * run, on this node or on another one. Nothing is authorized.
   *
   * @throws TopicError if the parameters do not match the route; WsServerError `unknown_route`, or the source's error
   */
  read<Params, Update>(route: PublishedRoute<Params, Update>, params: Params): Promise<readonly Update[]>;
  /**
   * Verifies a token as for a client, revocations and `startTimeoutMs` included, for the application's HTTP API.
   *
   * @throws WsServerError `unauthorized`; or a `retryable` error if the token cannot be verified at the moment
   */
  authenticate(token: string): Promise<Principal>;
  /**
   * Closes the connection with an id of `connections`.
   *
   * @param close a code and a reason. @default 1012, Service restart: the client reconnects immediately
   * @returns false if there is no such connection
   * @throws WsServerError `invalid_option` if no close frame can carry the code or the reason
   */
  closeConnection(id: string, close?: Pick<CloseCode, "code" | "reason">): boolean;
  /** The current revocations. */
  readonly revocations: readonly Revocation[];
  /**
   * Refuses all tokens of a subject, or the token with an id (the claim `jti`), and closes their connections with 4001,
   * those of base clients with 1008. Revocations are in memory only: a restarted server accepts the tokens again.
   *
   * @returns the number of closed connections
   * @throws WsServerError `invalid_revocation`, or `too_many_revocations` above 100,000
   */
  revoke(revocation: Revocation): number;
  /** Deletes a revocation. @returns false if there is no such revocation. @throws WsServerError `invalid_revocation` */
  restore(revocation: Revocation): boolean;
  /** Authorizes all private subscriptions again, and revokes those that are no longer allowed. */
  reauthorize(): Promise<void>;
  /**
   * Changes limits while the server runs. Connections, topics and subscriptions above a lower limit stay; no further ones are
   * accepted. `maxBufferedBytes` and the rates of requests apply to connections from now on.
   *
   * @throws WsServerError `invalid_option`; then nothing has changed
   */
  setLimits(limits: ServerLimits): void;
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
  /** Whether it has requested compact updates. @default false */
  readonly isCompact?: boolean;
  /** Maximum length of a message with several frames that a client with the protocol `session` accepts; 0 = none. @default 0 */
  readonly maxBatchBytes?: number;
}

/** The part of a route that `publish` uses, so that any `Route` with matching parameters and updates fits. */
export interface PublishedRoute<Params, Update> {
  readonly name: string;
  parseParams(input: unknown): Params;
  readonly "~update"?: Update;
}
