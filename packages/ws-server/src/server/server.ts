import { once } from "node:events";
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { closeCodes } from "@trading/topic";
import { asyncApiHandler, type HttpHandler } from "../async-api/handler.js";
import type { Principal } from "../auth/auth.js";
import { principalOf } from "../auth/authentication.js";
import { type Revocation, Revocations } from "../auth/revocations.js";
import { Connection, type ConnectionInit, type ConnectionListener } from "../connection/connection.js";
import { heartbeatSettings } from "../connection/heartbeat.js";
import type { OperationServices } from "../connection/operations.js";
import { assertClose, type Close } from "../connection/protocol.js";
import { protocols } from "../connection/protocols.js";
import { RequestScheduler } from "../connection/request-scheduler.js";
import type { ConnectionServices } from "../connection/services.js";
import { reauthorize, SESSION_PROTOCOL } from "../connection/session.js";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import { WriteScheduler } from "../connection/write-scheduler.js";
import { WsServerError } from "../errors.js";
import { limitedAddresses } from "../handshake/addresses.js";
import { ConnectionLimit } from "../handshake/connection-limits.js";
import { handshakeRules, splitTarget } from "../handshake/handshake.js";
import { Refusals } from "../handshake/refusals.js";
import { UpgradeHandler } from "../handshake/upgrade-handler.js";
import { Clients } from "../limits/clients.js";
import { connectionInfo, type Inspection, inspect, type ServerStats, statsOf } from "../observability/inspection.js";
import { Observers } from "../observability/observers.js";
import { settlesWithin } from "../platform/timeout.js";
import { ServedTopics } from "../topics/served-topics.js";
import { readTopic, TopicFollower, type TopicListener } from "../topics/topic-follower.js";
import { TopicRegistry } from "../topics/topic-registry.js";
import { webSocketTransport } from "../transports/ws.js";
import { closeConnections } from "./drain.js";
import { type Endpoint, endpointsOf } from "./endpoints.js";
import { assertUnique, type ServedRoute, type ServedTopic } from "./modules.js";
import { limitsOf, type ResolvedOptions, resolveOptions, type ServerLimits, type ServerOptions } from "./options.js";
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
/** Rate at which a session connection's errors are forgiven: one in ten seconds. */
const ERRORS_PER_SECOND = 0.1;

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
  readonly #services: ConnectionServices;
  readonly #operationServices: OperationServices;
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
    assertAuthorizable(options);
    this.#options = options;
    this.#registry = new TopicRegistry(options);
    const served = modules.flatMap(({ routes, internalRoutes = [] }) => [...routes, ...internalRoutes]);
    this.#routes = new Map(served.map((each) => [each.route.name, each]));
    const observers = new Observers(options.observers, logger);
    this.#operationServices = {
      ...options,
      observers,
      authenticate: options.authenticate,
      authorize: options.authorize,
      registry: this.#registry,
      revocations: this.#revocations,
    };
    const isLimited = limitedAddresses(options.trustedProxies);
    const writeScheduler = new WriteScheduler(clock, options.maxBatchDelayMs);
    this.#services = {
      ...options,
      options,
      // Waiting requests are handled at the end of a turn, and a write that is scheduled there happens at the end of the next one.
      requestScheduler: new RequestScheduler(clock, () => writeScheduler.flush()),
      writeScheduler,
      observers,
      clients: new Clients(limitsOf(options), clock, isLimited),
      ...ratesOf(options),
      counts: { slowConsumers: 0 },
      heartbeats: {
        base: heartbeatSettings(clock, protocols.base, options),
        session: heartbeatSettings(clock, protocols.session, options),
      },
    };
    options.pubSub.serve?.(new ServedTopics(this.#routes, this.#operationServices));
    this.#endpoints = endpointsOf(modules, options, this.#operationServices);
    this.#documents = asyncApiHandler(options, options);
    this.#refusals = new Refusals({ clock, logger, observers });
    this.#connectionLimit = new ConnectionLimit(options, isLimited);
    const rules = handshakeRules(options, options.codec.hasCompactUpdates);
    this.#upgradeHandler = new UpgradeHandler({
      ...this.#operationServices,
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
    const { maxTopics, maxRetainedBytes, maxBufferedBytes } = next;
    this.#connectionLimit.setLimits(next);
    this.#registry.setLimits(next);
    this.#services.clients.setLimits(limitsOf(next));
    // The connections and operations share these objects.
    Object.assign(this.#operationServices, { maxTopics, maxRetainedBytes });
    const { controlRate, errorRate } = ratesOf(next);
    Object.assign(this.#services, { maxBufferedBytes });
    Object.assign(this.#services.controlRate, controlRate);
    Object.assign(this.#services.errorRate, errorRate);
  }

  counts(): ServerCounts {
    const { topics, subscriptions } = this.#registry;
    return { connections: this.#connections.size, topics, subscriptions };
  }

  stats(): ServerStats {
    const { slowConsumers } = this.#services.counts;
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
    const follower = new TopicFollower(this.#topic(route, params), listener, this.#operationServices);
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
      follower.stop();
    };
  }

  async read<Params, Update>(route: PublishedRoute<Params, Update>, params: Params): Promise<readonly Update[]> {
    return readTopic(this.#topic(route, params), this.#operationServices);
  }

  authenticate(token: string): Promise<Principal> {
    return principalOf(token, this.#operationServices);
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
    await Promise.all(Array.from(this.#connections, (connection) => reauthorize(connection, this.#operationServices)));
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
    const { handshakeTimeoutMs } = this.#options;
    // With Node's defaults, a client that sends its request byte by byte occupies a socket for 83 seconds.
    const deadline = { headersTimeout: handshakeTimeoutMs, connectionsCheckingInterval: CHECK_HANDSHAKES_EVERY_MS };
    const http = createHttpServer(deadline, (request, response) => {
      if (!this.#documents(request, response)) this.#refuseHttp(request, response);
    });
    this.attach(http);
    this.#owned.add(http);
    http.listen(port, host);
    await once(http, "listening");
    const address = http.address() as AddressInfo;
    const urlHost = host.includes(":") ? `[${host}]` : host;
    return { host, port: address.port, url: `ws://${urlHost}:${address.port}${this.path}` };
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
    const connection = new Connection(socket, init, this.#services, this.#connectionListener);
    this.#connections.add(connection);
    if (init.protocol.name === "session") this.#welcome(connection);
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
      this.#services.observers.closed({ code, protocol: protocol.name, livedMs });
    },
  };

  #welcome(connection: Connection): void {
    const { title, version, clock, heartbeatIntervalMs, maxConnectionLifespanMs } = this.#options;
    const { maxBatchBytes } = connection.sink;
    connection.send({
      type: "session.welcome",
      payload: {
        connectionId: connection.id,
        protocol: SESSION_PROTOCOL,
        heartbeatIntervalMs,
        maxConnectionLifespanMs,
        serverTime: clock.now(),
        server: `${title}/${version}`,
        ...(maxBatchBytes > 0 && { maxBatchBytes }),
      },
    });
    // Only after the welcome does the client expect batches.
    if (maxBatchBytes > 0) connection.sink.flush();
  }

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

/** Returns the rates of each connection that are not those of its requests. */
function ratesOf(options: ResolvedOptions): Pick<ConnectionServices, "controlRate" | "errorRate"> {
  const { maxErrors, maxRequestsPerSecond } = options;
  return {
    controlRate: { perSecond: maxRequestsPerSecond, burst: limitsOf(options).anonymous.maxRequestBurst },
    errorRate: { perSecond: maxErrors === 0 ? 0 : ERRORS_PER_SECOND, burst: maxErrors },
  };
}

/** @throws WsServerError `invalid_option` if no close frame can carry the code or the reason */
function closeByApplication(connection: Connection, close: Close): void {
  assertClose(close);
  connection.close(close);
}

/** Interval at which Node checks the deadlines of handshakes. */
const CHECK_HANDSHAKES_EVERY_MS = 1_000;

const NOTHING_HERE = {
  ok: false,
  status: 404,
  cause: "path",
  reason: "There is no WebSocket endpoint at this path.",
} as const;

/** @throws WsServerError `no_authorizer` if something is private and there is no `authorize` to allow it */
function assertAuthorizable({ authorize, modules }: ResolvedOptions): void {
  if (authorize !== undefined) return;
  for (const { name, routes, operations = [] } of modules) {
    const targets = [...routes.map(({ route }) => route), ...operations.map(({ operation }) => operation)];
    const privateTarget = targets.find(({ access }) => access === "private");
    if (privateTarget === undefined) continue;
    throw new WsServerError(
      "no_authorizer",
      `"${privateTarget.name}" of module "${name}" is private: pass the option authorize to createServer`,
    );
  }
}
