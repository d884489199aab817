import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { closeCodes } from "@trading/topic";
import { asyncApiHandler, type HttpHandler } from "../async-api/handler.js";
import type { Principal } from "../auth/auth.js";
import { principalOf } from "../auth/authentication.js";
import { type Revocation, Revocations } from "../auth/revocations.js";
import { Connection, type ConnectionInit, type ConnectionListener } from "../connection/connection.js";
import { assertClose, type Close } from "../connection/protocol.js";
import { protocols } from "../connection/protocols.js";
import { reauthorize, welcome } from "../connection/session.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import { WsServerError } from "../errors.js";
import { limitedAddresses } from "../handshake/addresses.js";
import { ConnectionLimit } from "../handshake/connection-limits.js";
import { handshakeRules, splitTarget } from "../handshake/handshake.js";
import { Refusals } from "../handshake/refusals.js";
import { UpgradeHandler } from "../handshake/upgrade-handler.js";
import { connectionInfo, type Inspection, inspect, type ServerStats, statsOf } from "../observability/inspection.js";
import { settlesWithin } from "../platform/timeout.js";
import { ServedTopics } from "../topics/served-topics.js";
import { readTopic, TopicFollower, type TopicListener } from "../topics/topic-follower.js";
import { TopicRegistry } from "../topics/topic-registry.js";
import { webSocketTransport } from "../transports/ws.js";
import { closeConnections } from "./drain.js";
import { type Endpoint, endpointsOf } from "./endpoints.js";
import { assertAuthorizable, assertUnique, type ServedRoute, type ServedTopic } from "./modules.js";
import type { ResolvedOptions, ServerLimits, ServerOptions } from "./options.js";
import { listen, ownHttpServer } from "./own-http-server.js";
import { resolveOptions } from "./resolve-options.js";
import { SharedServices } from "./shared-services.js";
import { type AttachedServer, SharedUpgrades } from "./shared-upgrades.js";
import type {
  AcceptedClient,
  AttachOptions,
  PublishedRoute,
  ServerAddress,
  ServerConnection,
  ServerCounts,
  StreamServer,
} from "./stream-server.js";

/** Time for the sources to stop. */
const STOP_GRACE_MS = 1_000;

/**
 * Creates a streaming server that serves modules. It does nothing until it is attached or listens.
 *
 * @throws WsServerError `invalid_option`, `duplicate_route`, or `no_authorizer` if a route or an operation is private
 */
export function createServer(options: ServerOptions): StreamServer {
  return new Server(resolveOptions(options));
}

class Server implements StreamServer {
  #options: ResolvedOptions;
  readonly #registry: TopicRegistry;
  readonly #routes: ReadonlyMap<string, ServedRoute>;
  readonly #services: SharedServices;
  readonly #connectionLimit: ConnectionLimit;
  readonly #refusals: Refusals;
  readonly #upgradeHandler: UpgradeHandler;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #connections = new Set<Connection>();
  /** The subscriptions within this process. */
  readonly #followers = new Set<{ close(): void }>();
  readonly #revocations = new Revocations();
  readonly #owned = new Set<HttpServer>();
  readonly #documents: HttpHandler;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    const { modules, clock, logger } = options;
    assertUnique(modules);
    assertAuthorizable(modules, options.authorize);
    this.#options = options;
    this.#registry = new TopicRegistry(options);
    const served = modules.flatMap(({ routes, internalRoutes = [] }) => [...routes, ...internalRoutes]);
    this.#routes = new Map(served.map((each) => [each.route.name, each]));
    const isLimited = limitedAddresses(options.trustedProxies);
    this.#services = new SharedServices(options, {
      registry: this.#registry,
      revocations: this.#revocations,
      isLimited,
    });
    const { operations } = this.#services;
    const { observers } = operations;
    options.pubSub.serve?.(new ServedTopics(this.#routes, operations));
    this.#endpoints = endpointsOf(modules, options, operations);
    this.#documents = asyncApiHandler(options, options);
    this.#refusals = new Refusals({ clock, logger, observers });
    this.#connectionLimit = new ConnectionLimit(options, isLimited);
    const rules = handshakeRules(options, options.codec.hasCompactUpdates);
    this.#upgradeHandler = new UpgradeHandler({
      ...operations,
      refusals: this.#refusals,
      rules,
      limit: this.#connectionLimit,
      upgrade: webSocketTransport({ ...options, subprotocols: rules.subprotocols }),
      isClosed: () => this.#closed !== undefined,
      accept: (socket, init, refusedToken) => {
        const connection = this.#accept(socket, init);
        if (refusedToken) {
          observers.loginRefused({ address: init.address, code: "unauthorized" });
          connection.close(init.protocol.closes.unauthorized);
        }
        return connection;
      },
    });
  }

  get path(): string {
    return this.#options.path;
  }

  get connections(): readonly ServerConnection[] {
    return Array.from(this.#connections, (connection) => ({
      ...connectionInfo(this.#registry, connection),
      principal: connection.principal,
      close: (close) => closeByApplication(connection, close),
    }));
  }

  get revocations(): readonly Revocation[] {
    return this.#revocations.all;
  }

  setLimits(limits: ServerLimits): void {
    const next = resolveOptions({ ...this.#options, ...limits });
    this.#options = next;
    this.#connectionLimit.setLimits(next);
    this.#registry.setLimits(next);
    this.#services.setLimits(next);
  }

  counts(): ServerCounts {
    const { topics, subscriptions } = this.#registry;
    return { connections: this.#connections.size, topics, subscriptions };
  }

  stats(): ServerStats {
    const { slowConsumers } = this.#services.connections.counts;
    const { retainedBytes } = this.#registry;
    return statsOf(this.#registry, this.#connections, [...this.#routes.keys()], { slowConsumers, retainedBytes });
  }

  inspect(): Inspection {
    return inspect(this.#registry, this.#connections);
  }

  publish<Params, Update>(route: PublishedRoute<Params, Update>, params: Params, update: Update): boolean {
    return this.#registry.publish(this.#topic(route, params), update);
  }

  follow<Params, Update>(
    route: PublishedRoute<Params, Update>,
    params: Params,
    listener: TopicListener<Update>,
  ): () => void {
    this.#assertOpen();
    const follower = new TopicFollower(this.#topic(route, params), listener, this.#services.operations);
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
      follower.stop();
    };
  }

  async read<Params, Update>(route: PublishedRoute<Params, Update>, params: Params): Promise<readonly Update[]> {
    return readTopic(this.#topic(route, params), this.#services.operations);
  }

  authenticate(token: string): Promise<Principal> {
    return principalOf(token, this.#services.operations);
  }

  closeConnection(id: string, close: Close = closeCodes.restart): boolean {
    const connection = [...this.#connections].find((connection) => connection.id === id);
    if (connection === undefined) return false;
    closeByApplication(connection, close);
    return true;
  }

  revoke(revocation: Revocation): number {
    this.#revocations.add(revocation);
    const revoked = [...this.#connections].filter(
      ({ isOpen, principal }) => isOpen && principal !== undefined && this.#revocations.includes(principal),
    );
    for (const connection of revoked) connection.close(connection.protocol.closes.unauthorized);
    return revoked.length;
  }

  restore(revocation: Revocation): boolean {
    return this.#revocations.delete(revocation);
  }

  async reauthorize(): Promise<void> {
    await Promise.all(
      Array.from(this.#connections, (connection) => reauthorize(connection, this.#services.operations)),
    );
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    return this.#documents(request, response);
  }

  accept(socket: Socket, { protocol: name, principal, ...client }: AcceptedClient): SocketHandlers {
    this.#assertOpen();
    const operations = (this.#endpoints.get(this.path) as Endpoint)[name];
    return this.#accept(socket, { protocol: protocols[name], operations, principal, ...client });
  }

  attach(http: HttpServer, { refuseOtherPaths }: AttachOptions = {}): void {
    this.#assertOpen();
    const upgrades = SharedUpgrades.of(http);
    if (!upgrades.has(this.#attached)) upgrades.add(this.#attached, this.#endpoints.keys(), refuseOtherPaths);
  }

  async listen({ port = 0, host = "127.0.0.1" } = {}): Promise<ServerAddress> {
    this.#assertOpen();
    const http = ownHttpServer(this.#options.handshakeTimeoutMs, (request, response) => {
      if (!this.#documents(request, response)) this.#refuseHttp(request, response);
    });
    this.attach(http);
    this.#owned.add(http);
    return listen(http, port, host, this.path);
  }

  close({ drainMs = this.#options.drainMs }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #topic<Params>(route: PublishedRoute<Params, unknown>, params: Params): ServedTopic {
    const served = this.#routes.get(route.name);
    if (served !== undefined) return served.topic(params);
    throw new WsServerError("unknown_route", `Route "${route.name}" is not served: add it to a module`);
  }

  /** Refuses a plain HTTP request, with the server's name and the endpoint's path. */
  #refuseHttp(request: IncomingMessage, response: ServerResponse): void {
    const { title, version } = this.#options;
    const isEndpoint = this.#endpoints.has(splitTarget(request.url)?.path ?? "");
    response.writeHead(isEndpoint ? 426 : 404, { "content-type": "text/plain", upgrade: "websocket" });
    response.end(`${title} ${version} speaks WebSocket at ${this.path}\n`);
  }

  #accept(socket: Socket, init: ConnectionInit): Connection {
    const connection = new Connection(socket, init, this.#services.connections, this.#connectionListener);
    this.#connections.add(connection);
    if (init.protocol.name === "session") welcome(connection, this.#options);
    return connection;
  }

  /** Shared by all HTTP servers. */
  readonly #attached: AttachedServer = (() => {
    const isClosed = () => this.#closed !== undefined;
    return {
      get isClosed() {
        return isClosed();
      },
      serves: (path) => this.#endpoints.has(path),
      upgrade: (request, stream, head, path) =>
        void this.#upgradeHandler.handle(request, stream, head, this.#endpoints.get(path) as Endpoint),
      refuse: ({ socket }, stream) => {
        stream.on("error", () => stream.destroy());
        this.#refusals.refuse(stream, NOTHING_HERE, socket.remoteAddress);
      },
    };
  })();

  /** Shared by all connections. */
  readonly #connectionListener: ConnectionListener = {
    onLeave: (connection) => /* mutant: release-on-disconnect */ this.#registry.releaseAll(connection),
    onClosed: (connection, code) => {
      this.#connections.delete(connection);
      const { livedMs, protocol } = connection;
      this.#services.operations.observers.closed({ code, protocol: protocol.name, livedMs });
    },
  };

  async #close(drainMs: number): Promise<void> {
    const { clock, logger } = this.#options;
    for (const http of this.#owned) http.close();
    await closeConnections(this.#connections, clock, drainMs);
    for (const follower of this.#followers) follower.close();
    const idle = await settlesWithin(clock, STOP_GRACE_MS, this.#registry.close());
    if (!idle) logger.warn("Server closed before all sources had stopped", { ...this.counts() });
    for (const http of this.#owned) http.closeAllConnections();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new WsServerError("closed", "This server is closed: create another one");
  }
}

/** @throws WsServerError `invalid_option` if no close frame can carry the code or the reason */
function closeByApplication(connection: Connection, close: Close): void {
  assertClose(close);
  connection.close(close);
}

const NOTHING_HERE = {
  ok: false,
  status: 404,
  cause: "path",
  reason: "There is no WebSocket endpoint at this path.",
} as const;
