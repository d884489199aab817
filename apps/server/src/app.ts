import type { AddressInfo } from "node:net";
import {
  type Clock,
  createServer,
  type Logger,
  type Observer,
  type ServerLimits,
  type ServerOptions,
  type StreamServer,
} from "@trading/ws-server";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import manifest from "../package.json" with { type: "json" };
import { type Access, createAuthorizer } from "./auth/access.js";
import { guardAccounts } from "./auth/guard.js";
import { aboutRest } from "./http/about.js";
import { type BurstListener, listenForBursts } from "./http/burst-listener.js";
import { registerErrorHandlers } from "./http/error-replies.js";
import type { FastifyZod } from "./http/fastify-zod.js";
import {
  API,
  collectEndpoints,
  createHttpServer,
  type HttpOptions,
  limitRequests,
  registerCors,
  registerMethodNotAllowed,
  type Tls,
} from "./http/http-server.js";
import { documentEndpoint, registerOpenApi, serveDocs } from "./http/open-api.js";
import { Problem } from "./http/problem.js";
import { Refusals } from "./http/refusals.js";
import { type RateOptions, RequestRates } from "./http/request-rates.js";
import type { SocketLimits } from "./http/sockets.js";
import { warnOfUntrustedProxy } from "./http/untrusted-proxy.js";
import type { ServerModule } from "./modules/module.js";
import { describeBuild } from "./monitoring/build-metrics.js";
import { measureCommits } from "./monitoring/commit-metrics.js";
import { loginLog } from "./monitoring/event-log.js";
import { countRefusals, measureRequests } from "./monitoring/http-metrics.js";
import { servePage, TERMINAL_DIST } from "./page.js";

export const TITLE = "Trading streams";
export const VERSION = manifest.version;

const NOT_FOUND = "Not found. See /, /api/v1/docs for the HTTP API, and /api/v1/ws/asyncapi for the socket.";

/** Time limit for pending requests when the server closes. */
const FINISH_MS = 5_000;

/** The limits that can change while the server runs. */
export interface AppLimits {
  /** Limits of TCP connections. @default time limits only */
  readonly sockets?: SocketLimits | undefined;
  /** Maximum rates of HTTP requests. @default no limits */
  readonly rates?: RateOptions | undefined;
  /** Limits of the streaming server. */
  readonly streaming?: ServerLimits;
}

/** Dependencies and options of the reference server. */
export interface AppOptions extends HttpOptions, AppLimits {
  /** The modules to serve; closed with the app. */
  readonly modules: readonly ServerModule[];
  /** The rule for access to accounts. Required as soon as a module has private routes. */
  readonly access?: Access | undefined;
  /** Registers additional endpoints under `/api/v1/auth`. @default none */
  readonly authRest?: ((rest: FastifyZod) => void | Promise<void>) | undefined;
  /**
   * Whether pages that other servers on this machine serve can read replies of the HTTP API (CORS). Only without
   * `allowedOrigins`. @default false
   */
  readonly localPages?: boolean | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Directory of the built trading page. @default apps/terminal/dist */
  readonly pageDirectory?: string | undefined;
  /** Metrics of HTTP requests and of the streaming server. @default not measured */
  readonly metrics?: PrometheusMetrics | undefined;
  /** Adds hooks for all HTTP requests, before the endpoints are registered. @default none */
  readonly observeRequests?: ((http: FastifyZod) => void) | undefined;
  /** Further observers of the streaming server. @default none */
  readonly observers?: readonly Observer[] | undefined;
  /** Options of the streaming server. @default those of `createServer` */
  readonly streaming?: Partial<ServerOptions>;
}

/** The reference server: trading page, HTTP API and socket on one port. */
export interface App {
  readonly stream: StreamServer;
  /** `starting` until it listens, `draining` once `close` was called. */
  readonly state: "starting" | "serving" | "draining";
  readonly modules: readonly ServerModule[];
  /** Changes limits while the server runs. @throws WsServerError `invalid_option`; then nothing has changed */
  setLimits(limits: AppLimits): void;
  /** Replaces the certificate for new connections. Only with `tls`. @throws if certificate and key do not match */
  setTls(tls: Tls): void;
  /** Returns the OpenAPI document of the endpoints. */
  openApi(): object;
  /** Starts listening. @returns the actual port, also if `port` is 0 */
  listen(port: number, host: string, options?: ListenOptions): Promise<number>;
  /** Stops the server. Further calls return the same promise. */
  close(options?: CloseOptions): Promise<void>;
}

/** Options of {@link App.listen}. */
export interface ListenOptions {
  /** Number of TCP connections that can be accepted in one turn of the event loop; more than 1 needs a helper process. @default 1 */
  readonly acceptsPerTurn?: number;
}

/**
 * Options of a shutdown. The server is not ready from the beginning, then it rejects new sockets and moves its clients to other servers,
 * and closes the remaining ones with 1012. Then pending requests finish, the listener closes, and the modules close.
 */
export interface CloseOptions {
  /** Time in which new sockets are still accepted, so that proxies can notice that it is not ready. @default 0 */
  readonly delayMs?: number;
  /** Time for clients to move to other servers. @default 0 */
  readonly drainMs?: number;
}

/** Connects the modules to the streaming server, the HTTP API and the page. */
export async function createApp(options: AppOptions): Promise<App> {
  const { modules, access, clock, logger, allowedOrigins, allowedHosts, trustedProxies, metrics } = options;
  const stream = createServer({
    title: TITLE,
    version: VERSION,
    modules: modules.map(({ streams }) => streams),
    clock,
    logger,
    ...(allowedOrigins !== undefined && { allowedOrigins }),
    ...(allowedHosts !== undefined && { allowedHosts }),
    ...(trustedProxies !== undefined && { trustedProxies }),
    ...(access !== undefined && { authenticate: access.authenticate, authorize: createAuthorizer(access) }),
    observers: [
      loginLog(clock, logger),
      ...(metrics === undefined ? [] : [metrics.observer]),
      ...(options.observers ?? []),
    ],
    ...options.streaming,
  });
  for (const module of modules) module.connect?.(stream);
  const refusals = new Refusals(clock, logger, metrics && countRefusals(metrics.register));
  const rates = new RequestRates(options.rates ?? {}, clock, refusals);
  const { http, setSocketLimits, setTls } = createHttpServer(options, { clock, refusals });
  if (metrics !== undefined) {
    metrics.watch(stream);
    measureRequests(http, metrics.register);
    measureCommits(modules, metrics.register);
    describeBuild(VERSION, metrics.register);
  }
  options.observeRequests?.(http);
  registerErrorHandlers(http, NOT_FOUND, (error, method, route) =>
    logger.error("A request failed", { method, route, error }),
  );
  if (allowedOrigins !== undefined || options.localPages) await registerCors(http, allowedOrigins);
  limitRequests(http, rates);
  const tags = [
    { name: "server", description: "State and versions of the server" },
    ...modules.map(({ streams }) => streams),
  ];
  if (options.authRest !== undefined) tags.push({ name: "auth", description: "Tokens for trying the server" });
  await registerOpenApi(http, { title: TITLE, version: VERSION, tags });
  // Serves the AsyncAPI documents and their page.
  http.addHook("onRequest", (request, reply, done) => {
    if (stream.handleRequest(request.raw, reply.raw)) reply.hijack();
    else done();
  });
  if (trustedProxies === undefined) warnOfUntrustedProxy(http.server, logger);
  let state: App["state"] = "starting";
  await http.register(
    async (rest: FastifyZod) => {
      // The HTTP API refuses the same tokens as the socket, revoked ones included.
      const guarded = access && { ...access, authenticate: (token: string) => stream.authenticate(token) };
      guardAccounts(rest, guarded, rates, logger);
      const endpoints = collectEndpoints(rest);
      const isDraining = () => state === "draining";
      const login = options.authRest ? "demo" : access ? "token" : "none";
      const about = { version: VERSION, stream, modules, login, isDraining } as const;
      await registerUnder(rest, "", (scope) => aboutRest(scope, about));
      if (options.authRest !== undefined) await registerUnder(rest, "auth", options.authRest);
      for (const module of modules) await registerUnder(rest, module.name, (scope) => module.registerRest(scope));
      registerMethodNotAllowed(http, endpoints);
      await serveDocs(rest, API);
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
  stream.attach(http.server, { refuseOtherPaths: true });
  await http.ready();

  let bursts: BurstListener | undefined;
  let closing: Promise<void> | undefined;
  async function close(delayMs: number, drainMs: number): Promise<void> {
    if (delayMs > 0) await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
    await stream.close({ drainMs });
    const cut = clock.after(FINISH_MS, () => http.server.closeAllConnections());
    await Promise.all([http.close(), bursts?.close()]);
    cut();
    await Promise.all(modules.map((module) => module.close()));
  }
  return {
    stream,
    modules,
    get state() {
      return state;
    },
    setLimits({ sockets = {}, rates: requests = {}, streaming = {} }) {
      stream.setLimits(streaming);
      rates.setRates(requests);
      setSocketLimits(sockets);
    },
    setTls,
    openApi: () => http.swagger(),
    async listen(port, host, { acceptsPerTurn = 1 } = {}) {
      await http.listen({ port, host });
      if (acceptsPerTurn > 1) {
        bursts = await listenForBursts(http.server, acceptsPerTurn - 1).catch((error: unknown) => {
          logger.warn("The server accepts one connection in each turn of its event loop", { error });
          return undefined;
        });
      }
      if (state === "starting") state = "serving";
      return (http.server.address() as AddressInfo).port;
    },
    close({ delayMs = 0, drainMs = 0 } = {}) {
      state = "draining";
      closing ??= close(delayMs, drainMs);
      return closing;
    },
  };
}

/** Registers endpoints under a path prefix, which is also their tag in the OpenAPI document. */
async function registerUnder(rest: FastifyZod, name: string, register: (scope: FastifyZod) => void | Promise<void>) {
  await rest.register(
    async (scope: FastifyZod) => {
      scope.addHook("onRoute", (route) => documentEndpoint(route, name === "" ? "server" : name));
      await register(scope);
    },
    { prefix: name },
  );
}
