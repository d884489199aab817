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
  describe,
  type HttpOptions,
  registerCors,
  registerMethodNotAllowed,
  serveDocs,
} from "./http/http-server.js";
import { Problem, registerErrorHandlers } from "./http/problem.js";
import type { ServerModule } from "./modules/module.js";
import { measureRequests } from "./monitoring/http-metrics.js";
import { servePage, TERMINAL_DIST } from "./page.js";

export const TITLE = "Trading streams";
export const VERSION = manifest.version;

const NOT_FOUND =
  "There is nothing here. See /, /api/v1/docs for the HTTP API, and /api/v1/ws/asyncapi for the socket.";

/** How long requests that were begun may take when the server closes. */
const FINISH_MS = 5_000;

/** What the reference server is made of. */
export interface AppOptions extends HttpOptions {
  /** What it serves; closed with it. */
  readonly modules: readonly ServerModule[];
  /** Who may use which account. Needed as soon as a module has something private. */
  readonly access?: Access | undefined;
  /** Registers further endpoints, below `/api/v1/auth`. @default none */
  readonly authRest?: ((rest: FastifyZod) => void | Promise<void>) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The page's build. @default apps/terminal/dist */
  readonly pageDirectory?: string | undefined;
  /** Where requests and the streaming server are measured. @default nowhere */
  readonly metrics?: PrometheusMetrics | undefined;
  /** Options of the streaming server. @default its own */
  readonly streaming?: Partial<ServerOptions>;
}

/** The reference server: page, HTTP API and socket on one port. */
export interface App {
  readonly stream: StreamServer;
  /** `starting` until it listens, `draining` from the moment that it begins to close. */
  readonly state: "starting" | "serving" | "draining";
  readonly modules: readonly ServerModule[];
  /** The OpenAPI document of what it serves. */
  openApi(): object;
  /** @returns the port, which differs from the one asked for where that was 0 */
  listen(port: number, host: string): Promise<number>;
  /**
   * Stops everything: nobody is let in at the socket any more and clients have `drainMs` to leave, then they are closed
   * with 1012; then requests that were begun are answered, and the modules closed. Calling it again gives the same promise.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Wires modules to the streaming server, the HTTP API and the page. */
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
  await describe(http, { title: TITLE, version: VERSION, tags: modules.map(({ streams }) => streams) });
  // The AsyncAPI documents and their page.
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
      await below(rest, "", (scope) => aboutRest(scope, about));
      if (options.authRest !== undefined) await below(rest, "auth", options.authRest);
      for (const module of modules) await below(rest, module.name, (scope) => module.registerRest(scope));
      registerMethodNotAllowed(http, endpoints);
      await serveDocs(rest);
    },
    { prefix: API },
  );
  // The socket's own address, asked for over plain HTTP.
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

/** Registers endpoints below a name, which is their tag in the document. */
async function below(rest: FastifyZod, name: string, register: (scope: FastifyZod) => void | Promise<void>) {
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
