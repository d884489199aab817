import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Server as SecureServer } from "node:tls";
import fastifyCors from "@fastify/cors";
import { type Clock, hostCheck } from "@trading/ws-server";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { ignoreTypeOfEmptyBody } from "./empty-body.js";
import { registerErrorHandlers, replyToBadUrl } from "./error-replies.js";
import type { FastifyZod } from "./fastify-zod.js";
import { replyToBadRequest } from "./last-reply.js";
import { type OpenApiInfo, registerOpenApi } from "./open-api.js";
import { pageCheck } from "./page-check.js";
import { handleInOrder } from "./pipelining.js";
import { PROBLEM_TYPE, Problem, SAFE_HEADERS } from "./problem.js";
import { problemSchema } from "./problem-schema.js";
import type { Refusals } from "./refusals.js";
import type { RequestRates } from "./request-rates.js";
import { shareTurns } from "./share-turns.js";
import { guardSockets, type SetSocketLimits, type SocketLimits, timeoutsOf } from "./sockets.js";
import { validatorCompiler } from "./validation.js";

/** Path prefix of the HTTP API and the socket. */
export const API = "/api/v1";

const MAX_BODY_BYTES = 65_536;

/** Maximum length of a path parameter: room for a symbol of 64 characters, each percent-encoded. */
const MAX_PARAM_LENGTH = 1_024;

/** Maximum number of characters of a header that an error message repeats. */
const MAX_QUOTED = 80;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** A certificate chain and its private key, both PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** Creates endpoints without a listener, with problem replies and an OpenAPI document. */
export async function createRouter(info: OpenApiInfo, options: RouterOptions): Promise<FastifyZod> {
  const router = fastify({
    bodyLimit: options.maxBodyBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error: FastifyError, _request: unknown, reply: FastifyReply) => replyToBadUrl(error, reply),
  }) as FastifyInstance;
  router.removeContentTypeParser("text/plain");
  router.setValidatorCompiler(validatorCompiler);
  router.setSerializerCompiler(serializerCompiler);
  ignoreTypeOfEmptyBody(router);
  router.addHook("onRequest", (_request, reply, done) => {
    reply.headers({ ...SAFE_HEADERS, "cache-control": "no-store" });
    done();
  });
  registerErrorHandlers(router, options.notFound, options.onInternalError);
  const zod = router.withTypeProvider<ZodTypeProvider>();
  await registerOpenApi(zod, info);
  return zod;
}

/** Options of {@link createRouter}. */
export interface RouterOptions {
  readonly maxBodyBytes: number;
  /** The detail of 404. */
  readonly notFound: string;
  onInternalError(error: unknown, method: string, route: string): void;
}

/** Network options of the HTTP server. */
export interface HttpOptions {
  /** Origins whose pages can use the API; undefined allows the pages of the server itself and of local servers. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Addresses and CIDR blocks whose X-Forwarded-For header is trusted. @default none */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Certificate and key in PEM format. @default plain HTTP */
  readonly tls?: Tls | undefined;
  /**
   * Host names under which clients reach the server, in addition to loopback names. Requests for others get 421. @default
   * any host
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Limits of TCP connections. @default time limits only */
  readonly sockets?: SocketLimits | undefined;
}

/** The services that refuse requests before their handlers run. */
export interface RequestGuards {
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/** An HTTP server without endpoints, whose schemas are zod schemas. */
export interface HttpServer {
  readonly http: FastifyZod;
  /** Replaces the limits of TCP connections. */
  readonly setSocketLimits: SetSocketLimits;
  /** Replaces the certificate for new connections. Only with `tls`. @throws if certificate and key do not match */
  setTls(tls: Tls): void;
}

/** Creates an HTTP server without endpoints. */
export function createHttpServer(given: HttpOptions, guards: RequestGuards): HttpServer {
  const { trustedProxies, tls, sockets = {} } = given;
  const options = timeoutsOf(sockets);
  const http = fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // Pending requests finish; `close` of the app ends the remaining connections.
    forceCloseConnections: "idle" as const,
    return503OnClosing: false,
    serverFactory(handle: RequestListener) {
      const shared = shareTurns(handle, guards.clock, trustedProxies ?? []);
      const handleRequest = handleInOrder(shared, guards.refusals);
      if (tls === undefined) return createServer(options, handleRequest);
      return createSecureServer({ ...options, handshakeTimeout: options.headersTimeout, ...tls }, handleRequest);
    },
    trustProxy: trustedProxies === undefined ? false : [...trustedProxies],
    frameworkErrors: (error: FastifyError, _request: unknown, reply: FastifyReply) => replyToBadUrl(error, reply),
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Duplex) => {
      const reason = replyToBadRequest(error, socket, guards.clock);
      if (reason !== undefined) guards.refusals.record(reason, {});
    },
  }) as FastifyInstance;
  const setSocketLimits = guardSockets(http.server, sockets, trustedProxies, guards);
  // Only JSON bodies are accepted.
  http.removeContentTypeParser("text/plain");
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializerCompiler);
  http.addHook("onRequest", (_request, reply, done) => {
    reply.headers(SAFE_HEADERS);
    done();
  });
  guardRequests(http, given, guards);
  ignoreTypeOfEmptyBody(http);
  return {
    http: http.withTypeProvider<ZodTypeProvider>(),
    setSocketLimits,
    setTls: (next) => (http.server as unknown as SecureServer).setSecureContext(next),
  };
}

/** Refuses requests for other hosts, and those of other sites' pages. */
function guardRequests(
  http: FastifyInstance,
  { allowedHosts, allowedOrigins }: HttpOptions,
  { refusals }: Pick<RequestGuards, "refusals">,
): void {
  const isOwnHost = allowedHosts && hostCheck(allowedHosts);
  const isAllowedPage = pageCheck(allowedOrigins);
  http.addHook("onRequest", async ({ method, headers, ip }) => {
    if (isOwnHost?.(headers.host) === false) {
      refusals.record("host", { host: headers.host, address: ip });
      throw new Problem(
        421,
        `This server does not serve the host name ${quoted(headers.host)}: its operator can add it to ALLOWED_HOSTS.`,
      );
    }
    if (!isAllowedPage({ method, headers })) {
      refusals.record("origin", { origin: headers.origin, site: headers["sec-fetch-site"], address: ip });
      throw new Problem(403, "Pages of this origin are not allowed to use this server.", "foreign_origin");
    }
  });
}

/**
 * Limits the requests of each address. Call it after `registerCors`, so that allowed pages can read the refusal. Requests of
 * other pages do not count, because a page must not use up the rate of the browser's user.
 */
export function limitRequests(http: FastifyZod, rates: RequestRates): void {
  http.addHook("onRequest", async ({ ip, url }) => rates.takeOfAddress(ip, url));
}

/** Returns a header for an error message. */
function quoted(text = ""): string {
  return JSON.stringify(text.slice(0, MAX_QUOTED));
}

/**
 * Allows requests from pages of other origins. Tokens are sent in a header, not in cookies, so CORS credentials stay
 * off.
 *
 * @param allowed the origins; undefined allows pages that servers on this machine serve, on any port
 */
export async function registerCors(http: FastifyZod, allowed: readonly string[] | undefined): Promise<void> {
  const isAllowed = pageCheck(allowed);
  await http.register(fastifyCors, {
    // Not the option `origin` alone, because the rule for pages of this machine depends on the header Host.
    delegator: ({ headers }: { readonly headers: IncomingHttpHeaders }, callback) =>
      callback(null, {
        origin: (origin, decide) => decide(null, origin !== undefined && isAllowed({ headers })),
        methods: [...METHODS],
        exposedHeaders: ["retry-after", "www-authenticate"],
        maxAge: 600,
        strictPreflight: false,
      }),
  });
}

/** Adds the problem replies to every endpoint that is registered afterwards. @returns the methods of each path */
export function collectEndpoints(rest: FastifyZod): ReadonlyMap<string, ReadonlySet<string>> {
  const problem = (description: string) => ({
    description,
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  });
  const endpoints = new Map<string, Set<string>>();
  rest.addHook("onRoute", (route) => {
    const methods = endpoints.get(route.url) ?? new Set();
    endpoints.set(route.url, methods);
    for (const method of [route.method].flat()) methods.add(method);
    const { schema } = route;
    if (schema?.response === undefined) return;
    const refusals = { "4xx": problem("The request was rejected"), "5xx": problem("The request failed") };
    route.schema = { ...schema, response: { ...refusals, ...schema.response } };
  });
  return endpoints;
}

/** Replies 405 to the methods that a registered path does not have. */
export function registerMethodNotAllowed(http: FastifyZod, endpoints: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of endpoints) {
    const others = METHODS.filter((method) => !methods.has(method));
    if (others.length === 0) continue;
    const allow = [...methods].join(", ");
    http.route({
      url,
      method: others,
      exposeHeadRoute: false,
      schema: { hide: true },
      onRequest: async ({ method }) => {
        throw new Problem(405, `${method} is not allowed at this path: use ${allow}.`, undefined, { allow });
      },
      handler: () => undefined,
    });
  }
}
