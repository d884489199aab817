import { type Principal, WsServerError } from "@trading/ws-server";
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { z } from "zod";
import { PROBLEM_TYPE, Problem, problemSchema } from "../http/problem.js";
import type { Access } from "./access.js";

const REFUSALS = Object.fromEntries(
  [
    [401, "No token, or one that is not valid"],
    [403, "The token is not for this account"],
  ].map(([status, description]) => [status, { description, content: { [PROBLEM_TYPE]: { schema: problemSchema } } }]),
);

/**
 * Guards every endpoint below whose query has `accountId`, and says so in its description. The request's body is not read
 * before that.
 */
export function guardAccounts(rest: FastifyInstance, access: Access | undefined): void {
  rest.addHook("onRoute", (route) => {
    if (!namesAccount(route)) return;
    if (access === undefined) throw new Error(`${route.url} is of an account, and no access says who may use it`);
    const others = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [(request) => guard(request, access), ...others];
    const { schema } = route;
    const response = { ...(schema?.response as object), ...REFUSALS };
    route.schema = { ...schema, response, security: [{ bearer: [] }] };
  });
}

function namesAccount({ schema }: RouteOptions): boolean {
  return schema?.querystring instanceof z.core.$ZodObject && "accountId" in schema.querystring._zod.def.shape;
}

async function guard(request: FastifyRequest, access: Access): Promise<void> {
  const principal = await principalOf(request.headers.authorization, access);
  const { accountId } = request.query as { readonly accountId?: unknown };
  if (typeof accountId !== "string" || accountId === "") {
    const is = accountId === undefined || accountId === "" ? "is missing" : "is a list";
    throw new Problem(400, `accountId ${is}: give one account, as in ?accountId=A-1.`, "invalid_query");
  }
  if (access.canUse(principal, accountId)) return;
  if (principal !== undefined)
    throw new Problem(403, "Your token is not for this account: its claim accounts has others.");
  throw unauthorized("This account needs a token: send Authorization: Bearer <token>.", "Bearer");
}

async function principalOf(header: string | undefined, { authenticate }: Access): Promise<Principal | undefined> {
  if (header === undefined) return undefined;
  const [, token] = /^Bearer +([\w\-.~+/]+=*) *$/i.exec(header) ?? [];
  const refused = unauthorized("The token is not valid: get a new one.", 'Bearer error="invalid_token"');
  if (token === undefined) throw refused;
  try {
    return await authenticate(token);
  } catch (error) {
    // Whoever cannot check a token for now says nothing of it.
    throw error instanceof WsServerError && error.retryable ? error : refused;
  }
}

function unauthorized(detail: string, challenge: string): Problem {
  return new Problem(401, detail, undefined, { "www-authenticate": challenge });
}
