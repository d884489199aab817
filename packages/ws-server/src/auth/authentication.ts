import { WsServerError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import { withTimeout } from "../platform/timeout.js";
import type { Authenticator, Authorizer, Principal } from "./auth.js";
import type { Revocations } from "./revocations.js";

/** The services for authentication and authorization. */
export interface AuthServices {
  readonly authenticate: Authenticator | undefined;
  readonly authorize: Authorizer | undefined;
  readonly revocations: Pick<Revocations, "includes">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time limit for the application's callbacks. */
  readonly startTimeoutMs: number;
}

/**
 * Returns the principal of a token, by the application's authenticator.
 *
 * @throws WsServerError `unauthorized`, with the same message for every token that is not trusted;
 *   `authentication_unavailable` when the authenticator takes too long
 */
export async function principalOf(token: string, services: AuthServices): Promise<Principal> {
  const { authenticate, revocations, clock, logger, startTimeoutMs } = services;
  if (authenticate === undefined) throw new WsServerError("unauthorized", "This server accepts no tokens");
  const late = () =>
    new WsServerError("authentication_unavailable", "The token could not be verified in time: try again", {
      retryable: true,
    });
  try {
    const principal = await withTimeout(
      clock,
      startTimeoutMs,
      asPromise(() => authenticate(token)),
      late,
    );
    const isCurrent = (principal.expiresAt ?? Number.POSITIVE_INFINITY) > clock.now();
    const isRevoked = revocations.includes(principal);
    if (isCurrent && !isRevoked) return principal;
    logger.debug("A token was refused", { reason: isRevoked ? "revoked" : "expired" });
  } catch (error) {
    if (error instanceof WsServerError && error.retryable) throw error;
    // The error could contain the token, or disclose to an attacker which part of it was right.
    logger.debug("A token was refused", { reason: error instanceof Error ? error.name : typeof error });
  }
  throw new WsServerError("unauthorized", "The token is not valid");
}

/** Returns whether the application's authorizer allows a principal to use a route or an operation. An error is a refusal. */
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
    const late = () => new WsServerError("authorization_unavailable", "authorize did not settle in time");
    return (
      (await withTimeout(
        clock,
        startTimeoutMs,
        asPromise(() => authorize(principal, target, params)),
        late,
      )) === true
    );
  } catch (error) {
    logger.error("authorize failed; access is refused", { target: target.name, error });
    return false;
  }
}

/** Returns the error for denied access. It does not disclose whether the target exists. */
export function forbidden(principal: Principal | undefined): WsServerError {
  if (principal === undefined) return new WsServerError("unauthorized", "Log in first: this is private");
  return new WsServerError("forbidden", "You may not use this");
}

/** Converts a synchronous throw to a rejection. */
async function asPromise<Result>(call: () => Result | Promise<Result>): Promise<Result> {
  return call();
}
