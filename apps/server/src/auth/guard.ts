import { type LogFields, type Logger, type Principal, WsServerError } from "@trading/ws-server";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { z } from "zod";
import { PROBLEM_TYPE, Problem } from "../http/problem.js";
import { problemSchema } from "../http/problem-schema.js";
import { notesOf } from "../http/request-notes.js";
import type { RequestRates } from "../http/request-rates.js";
import type { Access } from "./access.js";

const REFUSALS = Object.fromEntries(
  [
    [401, "Missing or invalid token"],
    [403, "The token gives no access to this account"],
  ].map(([status, description]) => [status, { description, content: { [PROBLEM_TYPE]: { schema: problemSchema } } }]),
);

/** Methods that change nothing. */
const READING = new Set(["GET", "HEAD"]);

/**
 * Guards every endpoint registered afterwards whose query has `accountId`, and documents it. Access and rates are checked
 * before the request's body is read.
 *
 * Requests that change an account are logged with the subject of their token.
 *
 * @param rates limits the requests of each user, and the changes of each account
 */
export function guardAccounts(
  rest: FastifyInstance,
  access: Access | undefined,
  rates: RequestRates,
  logger: Logger,
): void {
  const changes = new WeakMap<FastifyRequest, LogFields>();
  const onAllowed = (request: FastifyRequest, account: string, principal: Principal | undefined) => {
    if (!READING.has(request.method)) changes.set(request, { account, subject: principal?.subject });
  };
  rest.addHook("onResponse", async (request, { statusCode: status }) => {
    const fields = changes.get(request);
    if (fields === undefined) return;
    const { method, params, routeOptions } = request;
    logger.info("A request to change an account", {
      method,
      endpoint: routeOptions.url,
      ...fields,
      ...(params as object),
      ...notesOf(request),
      status,
    });
  });
  rest.addHook("onRoute", (route) => {
    if (!namesAccount(route)) return;
    if (access === undefined)
      throw new Error(
        `${route.url} has accountId in its query, but the app has no access rule: pass the option access`,
      );
    const others = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [noStore, (request) => guard(request, access, rates, onAllowed), ...others];
    const { schema } = route;
    const response = { ...(schema?.response as object), ...REFUSALS };
    route.schema = { ...schema, response, security: [{ bearer: [] }] };
  });
}

function namesAccount({ schema }: RouteOptions): boolean {
  return schema?.querystring instanceof z.core.$ZodObject && "accountId" in schema.querystring._zod.def.shape;
}

/** Keeps replies with private data out of caches, those of proxies and of browsers. */
async function noStore(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header("cache-control", "no-store");
}

async function guard(
  request: FastifyRequest,
  access: Access,
  rates: RequestRates,
  onAllowed: (request: FastifyRequest, accountId: string, principal: Principal | undefined) => void,
): Promise<void> {
  const principal = await principalOf(request.headers.authorization, access);
  if (principal !== undefined) rates.takeOfUser(principal.subject);
  const { accountId } = request.query as { readonly accountId?: unknown };
  if (typeof accountId !== "string" || accountId === "") {
    const problem = accountId === undefined || accountId === "" ? "Missing accountId" : "Invalid accountId (a list)";
    throw new Problem(400, `${problem}: expected one account, as in ?accountId=A-1.`, "invalid_query");
  }
  if (access.canUse(principal, accountId)) {
    if (!READING.has(request.method)) rates.takeOfAccount(accountId);
    onAllowed(request, accountId, principal);
    return;
  }
  if (principal !== undefined)
    throw new Problem(403, "Your token gives no access to this account: its claim accounts does not list it.");
  throw unauthorized("Authentication required: send Authorization: Bearer <token>.", "Bearer");
}

async function principalOf(header: string | undefined, { authenticate }: Access): Promise<Principal | undefined> {
  if (header === undefined) return undefined;
  const [, token] = /^Bearer +([\w\-.~+/]+=*) *$/i.exec(header) ?? [];
  const invalidToken = unauthorized(
    "The token is invalid or has expired: get a new one.",
    'Bearer error="invalid_token"',
  );
  if (token === undefined) throw invalidToken;
  try {
    return await authenticate(token);
  } catch (error) {
    // A retryable error does not mean that the token is invalid: the keys could not be fetched. It is reported as 503.
    throw error instanceof WsServerError && error.retryable ? error : invalidToken;
  }
}

function unauthorized(detail: string, challenge: string): Problem {
  return new Problem(401, detail, undefined, { "www-authenticate": challenge });
}
