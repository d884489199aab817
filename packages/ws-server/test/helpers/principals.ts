import type { Authorizer, Principal } from "../../src/index.js";

/**
 * Returns the principal of a test token: "subject" or "subject~expiresAt".
 *
 * @throws Error if the token's subject contains "bad"
 */
export function principalOf(token: string): Principal {
  const [subject = "", expiresAt] = token.split("~");
  if (subject.includes("bad")) throw new Error("no such token");
  return { subject, claims: { token }, ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }) };
}

/** Authorizes each principal for the account with the name of its subject. */
export function isOwner(principal: Principal | undefined, _target: unknown, params: unknown): boolean {
  return principal?.subject === (params as { accountId: string }).accountId;
}

/** Returns an authorizer whose pending calls a test decides, in any order. */
export function manualAuthorizer() {
  const calls: ((isAllowed: boolean) => void)[] = [];
  const authorize: Authorizer = () => new Promise((resolve) => calls.push(resolve));
  return { calls, authorize };
}
