import type { Operation, Route } from "@trading/topic";

/** The longest token accepted from any transport, in bytes. */
export const MAX_TOKEN_BYTES = 16_384;

/** The authenticated user of a connection. */
export interface Principal {
  /** Identifies the user. A later token of the same connection must have the same subject. */
  readonly subject: string;
  /** Unix milliseconds at which the token expires and the connection is closed. Absent = never. */
  readonly expiresAt?: number;
  /** Further claims of the token, for the {@link Authorizer}. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/**
 * Verifies a token and returns its principal. It is called at the upgrade, for a token from any source, and for each
 * `auth.login`. `@trading/ws-server/jwt` has an authenticator for JSON Web Tokens.
 *
 * An implementation guarantees: it settles within seconds, it never logs or stores the token, and it throws or rejects for
 * every token that it does not trust. Its errors are not sent to the client, except a `retryable` `WsServerError`: it means
 * that tokens cannot be verified at the moment, so that the client retries.
 */
export type Authenticator = (token: string) => Principal | Promise<Principal>;

/**
 * Returns whether a principal is allowed to subscribe to a topic of a route, or to use an operation. It is called only for
 * private routes and operations, with the parameters as parsed by their schema: at each subscribe, at each resume, and
 * after each login.
 *
 * An error is a refusal, and is logged.
 *
 * @param principal undefined when the connection has not authenticated
 */
export type Authorizer = (
  principal: Principal | undefined,
  target: Route<unknown, unknown> | Operation<unknown, unknown>,
  params: unknown,
) => boolean | Promise<boolean>;
