import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { closeCodes } from "@trading/topic";
import { Connection } from "./connection.js";
import { WsServerError } from "./errors.js";
import { assertUnique, type ServedRoute } from "./modules.js";
import { operationsOf } from "./operations.js";
import { type ResolvedOptions, resolveOptions, type ServerOptions } from "./options.js";
import { TopicRegistry } from "./topic-registry.js";
import { type Upgrade, webSocketTransport } from "./transports/ws.js";

/** Sources have this long to stop. */
const STOP_GRACE_MS = 1_000;

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

/** A streaming server: one WebSocket endpoint on any number of HTTP servers. */
export interface StreamServer extends AsyncDisposable {
  readonly path: string;
  /**
   * Serves the endpoint on an HTTP server of yours. Upgrades of other paths are left to its other `upgrade` listeners,
   * and answered with 404 where there are none.
   *
   * @throws WsServerError `closed`
   */
  attach(http: HttpServer): void;
  /**
   * Serves the endpoint on an HTTP server of its own.
   *
   * @param options `port` 0, the default, takes a free one; `host` is 127.0.0.1 by default
   * @throws WsServerError `closed`; or Node's own error (`EADDRINUSE`)
   */
  listen(options?: { readonly port?: number; readonly host?: string }): Promise<ServerAddress>;
  counts(): ServerCounts;
  /**
   * Closes every connection with 1012, ends every source and every HTTP server of its own. Resolves when all of that is
   * done, within about two seconds. Calling it again gives the same promise.
   */
  close(): Promise<void>;
}

/**
 * Makes a streaming server of modules. It does nothing until it is attached or listens.
 *
 * @throws WsServerError `invalid_option` or `duplicate_route`
 */
export function createServer(options: ServerOptions): StreamServer {
  return new Server(resolveOptions(options));
}

class Server implements StreamServer {
  readonly #options: ResolvedOptions;
  readonly #registry: TopicRegistry;
  readonly #upgrade: Upgrade;
  readonly #connections = new Set<Connection>();
  readonly #attached = new Map<HttpServer, Upgrade>();
  readonly #owned = new Set<HttpServer>();
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#registry = new TopicRegistry(options);
    assertUnique(options.modules);
    const routes = options.modules.flatMap((module) => module.routes);
    assertAuthorizable(routes);
    const operations = operationsOf(routes, this.#registry, options.maxSubscriptions);
    this.#upgrade = webSocketTransport(options.maxFrameBytes, (socket) => {
      const connection = new Connection(socket, operations, options, {
        onLeave: () => this.#registry.releaseAll(connection),
        onClosed: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
      return connection;
    });
  }

  get path(): string {
    return this.#options.path;
  }

  counts(): ServerCounts {
    const { topics, subscriptions } = this.#registry;
    return { connections: this.#connections.size, topics, subscriptions };
  }

  attach(http: HttpServer): void {
    this.#assertOpen();
    if (this.#attached.has(http)) return;
    const upgrade: Upgrade = (request, stream, head) => {
      if (pathOf(request) === this.path) this.#upgrade(request, stream, head);
      else if (http.listenerCount("upgrade") === 1) refuse(stream);
    };
    this.#attached.set(http, upgrade);
    http.on("upgrade", upgrade);
  }

  async listen({ port = 0, host = "127.0.0.1" } = {}): Promise<ServerAddress> {
    this.#assertOpen();
    const http = createHttpServer(HANDSHAKE_LIMITS, (request, response) => {
      const { title, version } = this.#options;
      response.writeHead(pathOf(request) === this.path ? 426 : 404, {
        "content-type": "text/plain",
        upgrade: "websocket",
      });
      response.end(`${title} ${version} speaks WebSocket at ${this.path}\n`);
    });
    this.attach(http);
    this.#owned.add(http);
    http.listen(port, host);
    await once(http, "listening");
    const address = http.address() as AddressInfo;
    const urlHost = host.includes(":") ? `[${host}]` : host;
    return { host, port: address.port, url: `ws://${urlHost}:${address.port}${this.path}` };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const [http, upgrade] of this.#attached) http.off("upgrade", upgrade);
    for (const http of this.#owned) http.close();
    for (const connection of this.#connections) connection.close(closeCodes.restart);
    await Promise.all(Array.from(this.#connections, ({ closed }) => closed));
    const idle = await this.#atMost(STOP_GRACE_MS, this.#registry.idle());
    if (!idle) this.#options.logger.warn("Closed before every source had ended", { ...this.counts() });
    for (const http of this.#owned) http.closeAllConnections();
  }

  /** @returns whether the work was done in time */
  async #atMost(limitMs: number, work: Promise<unknown>): Promise<boolean> {
    let cancel = () => {};
    const late = new Promise<false>((resolve) => {
      cancel = this.#options.clock.after(limitMs, () => resolve(false));
    });
    const inTime = await Promise.race([work.then(() => true), late]);
    cancel();
    return inTime;
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new WsServerError("closed", "This server is closed: make another one");
  }
}

/** By Node's defaults a client that sends its request byte by byte holds a socket for 83 seconds. */
const HANDSHAKE_LIMITS = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 };

function pathOf(request: IncomingMessage): string {
  return request.url?.split("?")[0] ?? "";
}

function refuse(stream: Duplex): void {
  stream.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

function assertAuthorizable(routes: readonly ServedRoute[]): void {
  const closed = routes.find(({ route }) => route.access === "private");
  if (closed === undefined) return;
  throw new WsServerError(
    "private_route",
    `Route "${closed.route.name}" is private, and this engine cannot authorize yet: serve public routes only`,
  );
}
