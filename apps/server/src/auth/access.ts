import type { Authenticator, Authorizer, Principal } from "@trading/ws-server";

/** The rule for access to accounts, shared by the socket and the HTTP API. */
export interface Access {
  /** Verifies a token and returns its principal. */
  readonly authenticate: Authenticator;
  /**
   * Returns whether a principal has access to an account.
   *
   * @param principal undefined: a client without a token
   */
  canUse(principal: Principal | undefined, accountId: string): boolean;
}

/**
 * Creates a rule that gives a principal access to the accounts in its token's claim `accounts`. A claim that is not a
 * list of strings gives access to none.
 *
 * @param open accounts that anyone can use. @default none
 */
export function accessByClaims(authenticate: Authenticator, open: ReadonlySet<string> = new Set()): Access {
  return {
    authenticate,
    canUse(principal, accountId) {
      if (open.has(accountId)) return true;
      const accounts = principal?.claims?.accounts;
      return Array.isArray(accounts) && accounts.includes(accountId);
    },
  };
}

/** Creates the socket's authorizer: private routes belong to the account in their params. */
export function createAuthorizer(access: Access): Authorizer {
  return (principal, _target, params) => {
    const { accountId } = params as { readonly accountId?: unknown };
    return typeof accountId === "string" && access.canUse(principal, accountId);
  };
}
