import { WsServerError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import { withTimeout } from "../platform/timeout.js";
import type { Authenticator, Authorizer, Principal } from "./auth.js";

/** What deciding who may do what needs of its surroundings. */
export interface AuthServices {
  readonly authenticate: Authenticator | undefined;
  readonly authorize: Authorizer | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the application's own answer is waited for. */
  readonly startTimeoutMs: number;
}

/**
 * Asks the application who a token stands for.
 *
 * @throws WsServerError `unauthorized`, with one text for every token that is not trusted; `authentication_unavailable`
 *   where there is no answer in time
 */
export async function principalOf(token: string, services: AuthServices): Promise<Principal> {
  const { authenticate, clock, logger, startTimeoutMs } = services;
  if (authenticate === undefined) throw new WsServerError("unauthorized", "This server takes no tokens");
  const late = () =>
    new WsServerError("authentication_unavailable", "The token could not be looked at in time: try again", {
      retryable: true,
    });
  try {
    const principal = await withTimeout(
      clock,
      startTimeoutMs,
      asPromise(() => authenticate(token)),
      late,
    );
    if ((principal.expiresAt ?? Number.POSITIVE_INFINITY) > clock.now()) return principal;
  } catch (error) {
    if (error instanceof WsServerError && error.retryable) throw error;
    // The reason may quote the token, or tell an attacker which part of it was right.
    logger.debug("A token was refused", { reason: error instanceof Error ? error.name : typeof error });
  }
  throw new WsServerError("unauthorized", "The token is not valid");
}

/** Asks the application whether a principal may do something. What fails is a no. */
export async function isAllowed(
  services: AuthServices,
  principal: Principal | undefined,
  target: Parameters<Authorizer>[1],
  params: unknown,
): Promise<boolean> {
  const { authorize, clock, logger, startTimeoutMs } = services;
  if (target.access === "public") return true;
  if (authorize === undefined) return false;
  try {
    const late = () => new WsServerError("authorization_unavailable", "authorize did not answer in time");
    return (
      (await withTimeout(
        clock,
        startTimeoutMs,
        asPromise(() => authorize(principal, target, params)),
        late,
      )) === true
    );
  } catch (error) {
    logger.error("authorize failed, which is a refusal", { target: target.name, error });
    return false;
  }
}

/** The refusal of what a principal may not do. It is the same whether the thing exists or not. */
export function forbidden(principal: Principal | undefined): WsServerError {
  if (principal === undefined) return new WsServerError("unauthorized", "Log in first: this is private");
  return new WsServerError("forbidden", "You may not use this");
}

/** What is thrown at once is a rejection too. */
async function asPromise<Result>(ask: () => Result | Promise<Result>): Promise<Result> {
  return ask();
}
