import type { Authenticator, Authorizer, Principal } from "@trading/ws-server";

/** Who may use which account: one rule for the socket and the HTTP API. */
export interface Access {
  /** Tells who a token stands for. */
  readonly authenticate: Authenticator;
  /** @param principal undefined: somebody without a token */
  canUse(principal: Principal | undefined, accountId: string): boolean;
}

/**
 * Lets a principal use the accounts that its token's claim `accounts` lists. A claim that is no list of texts names none.
 *
 * @param open accounts that anyone may use. @default none
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

/** The same rule for the socket: whatever is private there is of the account in its params. */
export function createAuthorizer(access: Access): Authorizer {
  return (principal, _target, params) => {
    const { accountId } = params as { readonly accountId?: unknown };
    return typeof accountId === "string" && access.canUse(principal, accountId);
  };
}
