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

/** Where everything is but the pages. */
export const API = "/api/v1";

/** Bytes of a request's body. */
const MAX_BODY_BYTES = 65_536;

/** Characters of a part of the path: a symbol of 64, each escaped. */
const MAX_PARAM_LENGTH = 1_024;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** How the HTTP API is reached. */
export interface HttpOptions {
  /** Origins whose pages may ask; undefined: only those of the server's own. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Addresses and blocks that are believed about X-Forwarded-For. @default none */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Certificate and key, PEM. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** What the OpenAPI document says of the server. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
}

/** An HTTP server without endpoints, on which schemas are zod's. */
export function createHttpServer({ trustedProxies, tls }: HttpOptions): FastifyZod {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // What came before the end is answered; the rest is cut by `close`.
    forceCloseConnections: "idle" as const,
    return503OnClosing: false,
    requestTimeout: 30_000,
    trustProxy: trustedProxies === undefined ? false : [...trustedProxies],
    frameworkErrors: (error: FastifyError, _request: unknown, reply: FastifyReply) => replyToBadUrl(error, reply),
    clientErrorHandler: replyToBadRequest,
  };
  // A client that sends its request byte by byte may hold a socket for so long, and no longer.
  const timeouts = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 };
  // Both are served alike; fastify has a type for each.
  const http = (
    tls === undefined
      ? fastify({ ...options, http: timeouts })
      : fastify({ ...options, https: { ...timeouts, ...tls } })
  ) as FastifyInstance;
  // Bodies are JSON, and text is none.
  http.removeContentTypeParser("text/plain");
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializerCompiler);
  http.addHook("onRequest", (_request, reply, done) => {
    reply.headers(SAFE_HEADERS);
    done();
  });
  return http.withTypeProvider<ZodTypeProvider>();
}

/** Lets pages of other origins ask. Tokens are no cookies, so no credentials are let in. */
export async function registerCors(http: FastifyZod, allowed: readonly string[]): Promise<void> {
  const isAllowed = originCheck(allowed);
  await http.register(fastifyCors, {
    origin: (origin, answer) => answer(null, origin !== undefined && isAllowed(origin)),
    methods: [...METHODS],
    exposedHeaders: ["retry-after", "www-authenticate"],
    maxAge: 600,
    strictPreflight: false,
  });
}

/** Makes the OpenAPI document of the endpoints that are registered from now on. */
export async function describe(http: FastifyZod, { title, version, tags }: OpenApiInfo): Promise<void> {
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
            description: "Its claim `accounts` lists the accounts it is for",
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidy(jsonSchemaTransformObject(document)),
  });
}

/** Without schemas that nothing refers to, and with words for replies that have none of their own. */
function tidy(document: ReturnType<SwaggerTransformObject>): ReturnType<SwaggerTransformObject> {
  const text = JSON.stringify(document).replaceAll('"Default Response"', '"Done"');
  const tidied = JSON.parse(text) as typeof document;
  const schemas = (tidied as { components: { schemas: Record<string, unknown> } }).components.schemas;
  for (const name of Object.keys(schemas)) {
    if (!text.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
  }
  return tidied;
}

/** The OpenAPI document, and a page that draws it from this server's disk alone. */
export async function serveDocs(rest: FastifyZod): Promise<void> {
  rest.get("/openapi.json", { schema: { hide: true } }, () => rest.swagger());
  await rest.register(fastifySwaggerUi, {
    routePrefix: "/docs",
    indexPrefix: API,
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  });
}

/** Tells of each endpoint below how it refuses, and collects what there is. */
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
    const refusals = { "4xx": problem("Refused"), "5xx": problem("Failed") };
    route.schema = { ...schema, response: { ...refusals, ...schema.response } };
  });
  return endpoints;
}

/** Answers the other methods of what there is with 405. */
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
        throw new Problem(405, `${method} is not for this address: use ${allow}.`, undefined, { allow });
      },
      handler: () => undefined,
    });
  }
}
