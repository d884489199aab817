import type { Operation, Route } from "@trading/topic";

/** The longest token accepted from any transport, in bytes. */
export const MAX_TOKEN_BYTES = 16_384;

/** Who a connection acts for, as its token says. */
export interface Principal {
  /** Who it is. A later token of the same connection may not change it. */
  readonly subject: string;
  /** Unix milliseconds at which the token runs out; the connection is closed then. Absent = never. */
  readonly expiresAt?: number;
  /** What else the token says, for the {@link Authorizer}. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/**
 * Tells who a token stands for. It is called at the upgrade, wherever the token came from, and for each `auth.login`.
 *
 * Guarantees asked of an implementation: it settles within seconds, it never writes the token anywhere, and it throws or
 * rejects for every token it does not trust. What it throws is not told to the client, except a `WsServerError`
 * that is `retryable`: that one says that tokens cannot be checked for now, so that a client comes back instead of giving
 * up. `@trading/ws-server/jwt` has one for JSON Web Tokens.
 */
export type Authenticator = (token: string) => Principal | Promise<Principal>;

/**
 * Decides whether a principal may subscribe to a route's topic, or use an operation. Called for private ones only, with
 * the parameters as their schema parsed them, at each subscribe, at each resume, and when a fresh token comes.
 *
 * Throwing or rejecting is a refusal, and logged.
 *
 * @param principal undefined where the connection has not authenticated
 */
export type Authorizer = (
  principal: Principal | undefined,
  target: Route<unknown, unknown> | Operation<unknown, unknown>,
  params: unknown,
) => boolean | Promise<boolean>;
