import fastifySwagger, { type SwaggerTransformObject } from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import type { RouteOptions } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { FastifyZod } from "./fastify-zod.js";

/** Metadata of the OpenAPI document. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  /** Groups of endpoints. Only these two members are part of the document. */
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
}

/** Generates the OpenAPI document of all endpoints that are registered afterwards. */
export async function registerOpenApi(http: FastifyZod, { title, version, tags }: OpenApiInfo): Promise<void> {
  await http.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title, version, license: { name: "MIT", identifier: "MIT" } },
      // Relative to the document, which is served by the same server.
      servers: [{ url: "/" }],
      tags: tags.map(({ name, description }) => ({ name, ...(description !== undefined && { description }) })),
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

/**
 * Completes the documentation of an endpoint: its tag, its `operationId`, which generated clients use as the name of a
 * function, and that it needs no token unless `guardAccounts` has documented one.
 */
export function documentEndpoint(route: RouteOptions, tag: string): void {
  const { schema } = route;
  if (schema === undefined) return;
  route.schema = { tags: [tag], operationId: operationId(route), security: [], ...schema };
}

/** Returns a name such as `putNotesBySymbol` for `PUT /notes/:symbol`. */
function operationId({ method, url }: RouteOptions): string {
  const words = url
    .split("/")
    .slice(3)
    .map((part) => (part.startsWith(":") ? `by-${part.slice(1)}` : part));
  const names = words
    .flatMap((word) => word.split(/[^a-zA-Z0-9]+/))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return [String([method].flat()[0]).toLowerCase(), ...names].join("");
}

/** The suffix of the schemas of requests, with which fastify-type-provider-zod distinguishes them from those of replies. */
const INPUT = "Input";

/**
 * Removes schemas that nothing references and suffixes that nothing needs, and describes replies that have no description.
 */
function tidy(document: ReturnType<SwaggerTransformObject>): ReturnType<SwaggerTransformObject> {
  const tidied = JSON.parse(JSON.stringify(document).replaceAll('"Default Response"', '"Done"')) as Documented;
  const { schemas } = tidied.components;
  // A schema that is not referenced can be the only one that references another.
  let unused: string[];
  do {
    const used = referencesIn(JSON.stringify(tidied));
    unused = Object.keys(schemas).filter((name) => !used.has(name));
    for (const name of unused) delete schemas[name];
  } while (unused.length > 0);
  let text = JSON.stringify(tidied);
  for (const name of Object.keys(schemas)) {
    const short = name.endsWith(INPUT) ? name.slice(0, -INPUT.length) : name;
    if (short === name || short in schemas) continue;
    text = text.replaceAll(`schemas/${name}"`, `schemas/${short}"`).replace(`"${name}":`, `"${short}":`);
  }
  return JSON.parse(text);
}

type Documented = ReturnType<SwaggerTransformObject> & { components: { schemas: Record<string, unknown> } };

function referencesIn(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(/"#\/components\/schemas\/([^"/]+)"/g), ([, name]) => name as string));
}

/** Serves the OpenAPI document of a server at `openapi.json`. All replies of the scope are written once for each object. */
export function serveDocument(scope: FastifyZod): void {
  scope.setReplySerializer(serializeOnce());
  scope.get("/openapi.json", { schema: { hide: true } }, () => scope.swagger());
}

/** Serves the OpenAPI document, and a page for it whose files are all served locally. */
export async function serveDocs(rest: FastifyZod, indexPrefix: string): Promise<void> {
  await rest.register(async (scope: FastifyZod) => {
    serveDocument(scope);
    await scope.register(fastifySwaggerUi, {
      routePrefix: "/docs",
      indexPrefix,
      staticCSP:
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    });
  });
}

/**
 * Returns a serializer that writes each object once: the same bytes are the reply to every request for it, which takes
 * milliseconds to write, and are not copied for clients that do not read them.
 */
function serializeOnce() {
  const written = new WeakMap<object, Buffer>();
  const serialize = (document: object): Buffer => {
    const bytes = written.get(document) ?? Buffer.from(JSON.stringify(document));
    written.set(document, bytes);
    return bytes;
  };
  // Fastify also sends buffers, but its types know strings only.
  return serialize as unknown as (payload: unknown) => string;
}
