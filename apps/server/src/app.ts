import type { AddressInfo } from "node:net";
import { type Clock, createServer, type Logger, type ServerOptions, type StreamServer } from "@trading/ws-server";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import manifest from "../package.json" with { type: "json" };
import { type Access, createAuthorizer } from "./auth/access.js";
import { guardAccounts } from "./auth/guard.js";
import { aboutRest } from "./http/about.js";
import type { FastifyZod } from "./http/fastify-zod.js";
import {
  API,
  collectEndpoints,
  createHttpServer,
  type HttpOptions,
  registerCors,
  registerMethodNotAllowed,
  registerOpenApi,
  serveDocs,
} from "./http/http-server.js";
import { Problem, registerErrorHandlers } from "./http/problem.js";
import type { ServerModule } from "./modules/module.js";
import { measureRequests } from "./monitoring/http-metrics.js";
import { servePage, TERMINAL_DIST } from "./page.js";

export const TITLE = "Trading streams";
export const VERSION = manifest.version;

const NOT_FOUND = "Not found. See /, /api/v1/docs for the HTTP API, and /api/v1/ws/asyncapi for the socket.";

/** Time limit for pending requests when the server closes. */
const FINISH_MS = 5_000;

/** Dependencies and options of the reference server. */
export interface AppOptions extends HttpOptions {
  /** The modules to serve; closed with the app. */
  readonly modules: readonly ServerModule[];
  /** The rule for access to accounts. Required as soon as a module has private routes. */
  readonly access?: Access | undefined;
  /** Registers additional endpoints under `/api/v1/auth`. @default none */
  readonly authRest?: ((rest: FastifyZod) => void | Promise<void>) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Directory of the built trading page. @default apps/terminal/dist */
  readonly pageDirectory?: string | undefined;
  /** Metrics of HTTP requests and of the streaming server. @default not measured */
  readonly metrics?: PrometheusMetrics | undefined;
  /** Options of the streaming server. @default those of `createServer` */
  readonly streaming?: Partial<ServerOptions>;
}

/** The reference server: trading page, HTTP API and socket on one port. */
export interface App {
  readonly stream: StreamServer;
  /** `starting` until it listens, `draining` once `close` was called. */
  readonly state: "starting" | "serving" | "draining";
  readonly modules: readonly ServerModule[];
  /** Returns the OpenAPI document of the endpoints. */
  openApi(): object;
  /** Starts listening. @returns the actual port, also if `port` is 0 */
  listen(port: number, host: string): Promise<number>;
  /**
   * Stops the server. It rejects new sockets immediately, waits up to `drainMs` for clients to disconnect, and closes
   * the remaining ones with 1012. Then pending requests finish and the modules close. Further calls return the same
   * promise.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Connects the modules to the streaming server, the HTTP API and the page. */
export async function createApp(options: AppOptions): Promise<App> {
  const { modules, access, clock, logger, allowedOrigins, trustedProxies, metrics } = options;
  const stream = createServer({
    title: TITLE,
    version: VERSION,
    modules: modules.map(({ streams }) => streams),
    clock,
    logger,
    ...(allowedOrigins !== undefined && { allowedOrigins }),
    ...(trustedProxies !== undefined && { trustedProxies }),
    ...(access !== undefined && { authenticate: access.authenticate, authorize: createAuthorizer(access) }),
    ...(metrics !== undefined && { observers: [metrics.observer] }),
    ...options.streaming,
  });
  const http = createHttpServer(options);
  if (metrics !== undefined) {
    metrics.watch(stream);
    measureRequests(http, metrics.register);
  }
  registerErrorHandlers(http, NOT_FOUND, (error, method, route) =>
    logger.error("A request failed", { method, route, error }),
  );
  if (allowedOrigins !== undefined) await registerCors(http, allowedOrigins);
  await registerOpenApi(http, { title: TITLE, version: VERSION, tags: modules.map(({ streams }) => streams) });
  // Serves the AsyncAPI documents and their page.
  http.addHook("onRequest", (request, reply, done) => {
    if (stream.handleRequest(request.raw, reply.raw)) reply.hijack();
    else done();
  });
  let state: App["state"] = "starting";
  await http.register(
    async (rest: FastifyZod) => {
      guardAccounts(rest, access);
      const endpoints = collectEndpoints(rest);
      const isDraining = () => state === "draining";
      const login = options.authRest ? "demo" : access ? "token" : "none";
      const about = { version: VERSION, stream, modules, login, isDraining } as const;
      await registerUnder(rest, "", (scope) => aboutRest(scope, about));
      if (options.authRest !== undefined) await registerUnder(rest, "auth", options.authRest);
      for (const module of modules) await registerUnder(rest, module.name, (scope) => module.registerRest(scope));
      registerMethodNotAllowed(http, endpoints);
      await serveDocs(rest);
    },
    { prefix: API },
  );
  // The socket's address, requested over plain HTTP.
  const upgrade = new Problem(426, `${TITLE} ${VERSION} speaks WebSocket at ${stream.path}`, "upgrade_required", {
    upgrade: "websocket",
  });
  http.get(stream.path, { schema: { hide: true } }, async () => {
    throw upgrade;
  });
  await servePage(http, options.pageDirectory ?? TERMINAL_DIST);
  stream.attach(http.server);
  await http.ready();

  let closing: Promise<void> | undefined;
  async function close(drainMs: number): Promise<void> {
    await stream.close({ drainMs });
    const cut = clock.after(FINISH_MS, () => http.server.closeAllConnections());
    await http.close();
    cut();
    await Promise.all(modules.map((module) => module.close()));
  }
  return {
    stream,
    modules,
    get state() {
      return state;
    },
    openApi: () => http.swagger(),
    async listen(port, host) {
      await http.listen({ port, host });
      if (state === "starting") state = "serving";
      return (http.server.address() as AddressInfo).port;
    },
    close({ drainMs = 0 } = {}) {
      state = "draining";
      closing ??= close(drainMs);
      return closing;
    },
  };
}

/** Registers endpoints under a path prefix, which is also their tag in the OpenAPI document. */
async function registerUnder(rest: FastifyZod, name: string, register: (scope: FastifyZod) => void | Promise<void>) {
  await rest.register(
    async (scope: FastifyZod) => {
      scope.addHook("onRoute", (route) => {
        if (route.schema !== undefined) route.schema = { tags: [name === "" ? "server" : name], ...route.schema };
      });
      await register(scope);
    },
    { prefix: name },
  );
}
