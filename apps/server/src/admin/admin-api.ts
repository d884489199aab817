import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, Logger } from "@trading/ws-server";
import type { FastifyZod } from "../http/fastify-zod.js";
import { collectEndpoints, createRouter, registerMethodNotAllowed } from "../http/http-server.js";
import { serveDocument } from "../http/open-api.js";
import { Problem } from "../http/problem.js";
import { RateLimit } from "../http/rate-limit.js";
import { Refusals } from "../http/refusals.js";
import type { AdminActs } from "./admin-acts.js";
import { adminRest } from "./admin-rest.js";
import type { AdminTokens } from "./admin-tokens.js";
import type { Operator } from "./audit.js";

/** Path prefix of the operators' endpoints. */
export const ADMIN_API = "/admin/v1";

/** Room for a batch of a thousand updates. */
const MAX_BODY_BYTES = 1_048_576;

/** Failed logins of one address: a burst of ten, then one in ten seconds. */
const FAILURES = { perSecond: 0.1, burst: 10 };

/** Dependencies of the operators' endpoints. */
export interface AdminApiOptions {
  readonly acts: AdminActs;
  readonly tokens: AdminTokens;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}

/**
 * Creates the operators' endpoints. Every request needs `Authorization: Bearer` with one of the tokens; too many wrong ones
 * of an address get 429.
 *
 * @returns handles a request of the monitoring listener
 */
export async function createAdminApi({ acts, tokens, clock, logger, version }: AdminApiOptions) {
  const refusals = new Refusals(clock, logger);
  const failures = new RateLimit(FAILURES, clock);
  const router = await createAdminRouter(acts, version, {
    onInternalError: (error, method, route) =>
      logger.error("A request of an operator failed", { method, route, error }),
    operatorOf(authorization, address) {
      const name = tokens.nameOf(authorization);
      // A right token always works, so that wrong ones cannot lock an operator out.
      if (name !== undefined) return { name, address };
      refusals.record("admin_token", { address });
      const waitMs = failures.take(address);
      if (waitMs > 0) throw tooMany(waitMs);
      const detail = "Missing or unknown token: send Authorization: Bearer with the value of ADMIN_TOKEN.";
      throw new Problem(401, detail, undefined, { "www-authenticate": "Bearer" });
    },
  });
  await router.ready();
  return (request: IncomingMessage, response: ServerResponse): void => router.routing(request, response);
}

/** Decisions of the router that are not its own. */
interface RouterRules {
  onInternalError(error: unknown, method: string, route: string): void;
  /** @throws Problem 401 or 429 */
  operatorOf(authorization: string | undefined, address: string): Operator;
}

/** Creates the endpoints without a listener. */
export async function createAdminRouter(acts: AdminActs, version: string, rules: RouterRules): Promise<FastifyZod> {
  const router = await createRouter(
    { title: "Operators' API", version, tags: [] },
    {
      maxBodyBytes: MAX_BODY_BYTES,
      notFound: `Not found. See ${ADMIN_API}/openapi.json.`,
      onInternalError: rules.onInternalError,
    },
  );
  const operators = new WeakMap<object, Operator>();
  router.addHook("onRequest", async (request) => {
    operators.set(request.raw, rules.operatorOf(request.headers.authorization, request.ip));
  });
  await router.register(
    async (rest: FastifyZod) => {
      const endpoints = collectEndpoints(rest);
      adminRest(rest, acts, (request) => operators.get(request.raw) as Operator);
      await rest.register(async (scope: FastifyZod) => serveDocument(scope));
      registerMethodNotAllowed(router, endpoints);
    },
    { prefix: ADMIN_API },
  );
  return router;
}

function tooMany(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1_000);
  return new Problem(429, `Too many wrong tokens of this address: try again in ${seconds} seconds.`, undefined, {
    "retry-after": `${seconds}`,
  });
}
