import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { CloseCode } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import type { ConnectionInfo, Inspection, ServerStats } from "../observability/inspection.js";

/** How many of what there is. Each count is the size of a set, never kept beside it. */
export interface ServerCounts {
  readonly connections: number;
  /** Topics that have a source running, starting or stopping. */
  readonly topics: number;
  /** Subscriptions over all connections. */
  readonly subscriptions: number;
}

/** Where a server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** The endpoint, for a client on this machine. */
  readonly url: string;
}

/** One client, for the application. */
export interface ServerConnection extends ConnectionInfo {
  readonly principal: Principal | undefined;
  /** Closes it with one of the codes of the protocol. */
  close(code: Pick<CloseCode, "code" | "reason">): void;
}

/** A streaming server: one WebSocket endpoint on any number of HTTP servers. */
export interface StreamServer extends AsyncDisposable {
  readonly path: string;
  /** The clients that are connected, as they are at this moment. */
  readonly connections: readonly ServerConnection[];
  /**
   * Serves the endpoint on an HTTP server of yours. Upgrades of other paths are left to its other `upgrade` listeners,
   * and answered with 404 where there are none.
   *
   * @throws WsServerError `closed`
   */
  attach(http: HttpServer): void;
  /**
   * Serves the endpoint on an HTTP server of its own, with its documents.
   *
   * @param options `port` 0, the default, takes a free one; `host` is 127.0.0.1 by default
   * @throws WsServerError `closed`; or Node's own error (`EADDRINUSE`)
   */
  listen(options?: { readonly port?: number; readonly host?: string }): Promise<ServerAddress>;
  /**
   * Serves one client over a transport of yours, which has let it in. The server's own WebSocket does the same after its
   * handshake.
   *
   * @returns what the transport tells of the socket from now on
   * @throws WsServerError `closed`
   */
  accept(socket: Socket, client: AcceptedClient): SocketHandlers;
  /**
   * Answers a plain HTTP request for the AsyncAPI document or its page, on an HTTP server of yours.
   *
   * @returns false where it is for neither, and was not touched
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * Publishes to a topic from outside its source.
   *
   * @returns false where it was dropped: nobody holds the topic, or the update is not of its route's schema (logged)
   * @throws TopicError where the parameters are not the route's; WsServerError `unknown_route`
   */
  publish<Params, Update>(route: PublishedRoute<Params, Update>, params: Params, update: Update): boolean;
  /** Asks the authorizer anew about everything private that is held, and takes what may not be held any more. */
  reauthorize(): Promise<void>;
  counts(): ServerCounts;
  /** Figures for metrics. */
  stats(): ServerStats;
  /** Every topic and every connection, for a person who looks for what is wrong. */
  inspect(): Inspection;
  /**
   * Lets nobody in any more, gives clients `drainMs` to leave, closes every connection with 1012, and ends every source
   * and every HTTP server of its own. Resolves when all of that is done, within about two seconds more. Calling it again
   * gives the same promise.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** A client whom a transport has let in. */
export interface AcceptedClient {
  readonly protocol: "base" | "session";
  /** Where it comes from, for `connections` and the log. */
  readonly address: string;
  /** Whom it acts for; undefined where that is not known yet. */
  readonly principal?: Principal | undefined;
}

/** What `publish` needs of a route, so that any `Route` fits whose parameters and updates do. */
export interface PublishedRoute<Params, Update> {
  readonly name: string;
  parseParams(input: unknown): Params;
  readonly "~update"?: Update;
}
