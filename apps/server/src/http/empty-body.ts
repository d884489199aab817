import type { FastifyInstance, FastifyRequest } from "fastify";
import { $ZodType, safeParse } from "zod/v4/core";

/**
 * Ignores the type of a body that is not sent, where none is required: many clients always send
 * `content-type: application/json`, also with DELETE. Where one is required, its absence is still an error.
 */
export function ignoreTypeOfEmptyBody(http: FastifyInstance): void {
  http.addHook("onRequest", async (request) => {
    const { headers } = request.raw;
    if (headers["content-type"] === undefined || hasBody(request) || requiresBody(request)) return;
    delete headers["content-type"];
  });
}

function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function requiresBody({ routeOptions }: FastifyRequest): boolean {
  const body = routeOptions.schema?.body;
  return body instanceof $ZodType && !safeParse(body, undefined).success;
}
