import fastifyCors from "@fastify/cors";
import fastifySwagger, { type SwaggerTransformObject } from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import { originCheck } from "@trading/ws-server";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { FastifyZod } from "./fastify-zod.js";
import { PROBLEM_TYPE, Problem, problemSchema, replyToBadRequest, replyToBadUrl, SAFE_HEADERS } from "./problem.js";
import { validatorCompiler } from "./validation.js";

/** Path prefix of the HTTP API and the socket. */
export const API = "/api/v1";

const MAX_BODY_BYTES = 65_536;

/** Maximum length of a path parameter: room for a symbol of 64 characters, each percent-encoded. */
const MAX_PARAM_LENGTH = 1_024;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Network options of the HTTP server. */
export interface HttpOptions {
  /** Origins whose pages can use the API; undefined allows only the server's own pages. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Addresses and CIDR blocks whose X-Forwarded-For header is trusted. @default none */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Certificate and key in PEM format. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** Metadata of the OpenAPI document. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
}

/** Creates an HTTP server without endpoints, whose schemas are zod schemas. */
export function createHttpServer({ trustedProxies, tls }: HttpOptions): FastifyZod {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // Pending requests finish; `close` of the app ends the remaining connections.
    forceCloseConnections: "idle" as const,
    return503OnClosing: false,
    requestTimeout: 30_000,
    trustProxy: trustedProxies === undefined ? false : [...trustedProxies],
    frameworkErrors: (error: FastifyError, _request: unknown, reply: FastifyReply) => replyToBadUrl(error, reply),
    clientErrorHandler: replyToBadRequest,
  };
  // Limits how long a client that sends its request byte by byte occupies a socket.
  const timeouts = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 };
  // Fastify types HTTP and HTTPS servers differently; both are used in the same way.
  const http = (
    tls === undefined
      ? fastify({ ...options, http: timeouts })
      : fastify({ ...options, https: { ...timeouts, ...tls } })
  ) as FastifyInstance;
  // Only JSON bodies are accepted.
  http.removeContentTypeParser("text/plain");
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializerCompiler);
  http.addHook("onRequest", (_request, reply, done) => {
    reply.headers(SAFE_HEADERS);
    done();
  });
  return http.withTypeProvider<ZodTypeProvider>();
}

/**
 * Allows requests from pages of other origins. Tokens are sent in a header, not in cookies, so CORS credentials stay
 * off.
 */
export async function registerCors(http: FastifyZod, allowed: readonly string[]): Promise<void> {
  const isAllowed = originCheck(allowed);
  await http.register(fastifyCors, {
    origin: (origin, callback) => callback(null, origin !== undefined && isAllowed(origin)),
    methods: [...METHODS],
    exposedHeaders: ["retry-after", "www-authenticate"],
    maxAge: 600,
    strictPreflight: false,
  });
}

/** Generates the OpenAPI document of all endpoints that are registered afterwards. */
export async function registerOpenApi(http: FastifyZod, { title, version, tags }: OpenApiInfo): Promise<void> {
  await http.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title, version, license: { name: "MIT", identifier: "MIT" } },
      tags: [...tags],
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "The claim `accounts` lists the accounts that the token gives access to",
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidy(jsonSchemaTransformObject(document)),
  });
}

/** Removes schemas that nothing references, and describes replies that have no description. */
function tidy(document: ReturnType<SwaggerTransformObject>): ReturnType<SwaggerTransformObject> {
  const text = JSON.stringify(document).replaceAll('"Default Response"', '"Done"');
  const tidied = JSON.parse(text) as typeof document;
  const schemas = (tidied as { components: { schemas: Record<string, unknown> } }).components.schemas;
  for (const name of Object.keys(schemas)) {
    if (!text.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
  }
  return tidied;
}

/** Serves the OpenAPI document, and a page for it whose files are all served locally. */
export async function serveDocs(rest: FastifyZod): Promise<void> {
  rest.get("/openapi.json", { schema: { hide: true } }, () => rest.swagger());
  await rest.register(fastifySwaggerUi, {
    routePrefix: "/docs",
    indexPrefix: API,
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
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
