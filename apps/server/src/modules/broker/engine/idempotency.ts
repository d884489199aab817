import { createHash } from "node:crypto";
import type { EngineContext } from "./context.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, OrderRow, UsedKey } from "./rows.js";

/** Maximum number of keys per account of requests that placed no order. The oldest are forgotten first. */
const MAX_USED_KEYS = 100;

/** An idempotency key and the request that it is used for. */
export interface KeyedRequest {
  readonly key: string;
  readonly requestHash: string;
}

/**
 * Checks a key and describes its request.
 *
 * @param operation the name of the command
 * @param request all that the command is about
 * @throws {Refusal} invalid_key
 */
export function keyedRequest(
  key: string | undefined,
  operation: string,
  request: Readonly<Record<string, unknown>>,
): KeyedRequest | undefined {
  if (key === undefined) return undefined;
  if (key.length === 0 || key.length > 128) {
    throw new Refusal("invalid_key", `An idempotency key must have 1 to 128 characters, got ${key.length}`);
  }
  const members = Object.entries(request).filter(([, value]) => value !== undefined);
  const text = JSON.stringify([operation, members.sort(([one], [other]) => (one < other ? -1 : 1))]);
  return { key, requestHash: createHash("sha256").update(text).digest("base64url").slice(0, 22) };
}

/** The earlier use of a key; the order is undefined if the request placed none. */
export interface EarlierUse {
  readonly order: OrderRow | undefined;
}

/**
 * Finds the earlier use of a key.
 *
 * @returns undefined if it is new
 * @throws {Refusal} key_reused if it was used for another request
 */
export function earlierUse(
  { ledger, options }: EngineContext,
  account: AccountRow,
  { key, requestHash }: KeyedRequest,
  now: number,
): EarlierUse | undefined {
  const order = ledger.orderByKey(account.id, key);
  const isCurrent = ({ usedAt }: UsedKey) => now - usedAt < options.finishedForMs;
  const used = order ? undefined : account.usedKeys.findLast((each) => each.key === key && isCurrent(each));
  if (!order && !used) return undefined;
  // Orders of older versions have no hash.
  const before = order ? (order.requestHash ?? requestHash) : used?.requestHash;
  // mutant: compare-request
  if (before !== requestHash) {
    throw new Refusal(
      "key_reused",
      `The idempotency key ${JSON.stringify(key)} was already used for another request: send each request with its own key`,
    );
  }
  return { order };
}

/** Records the use of a key by a request that placed no order. */
export function recordUse({ ledger, options }: EngineContext, id: string, request: KeyedRequest, now: number): void {
  const account = ledger.account(id);
  if (!account) return;
  const kept = account.usedKeys.filter(({ usedAt }) => now - usedAt < options.finishedForMs);
  const usedKeys = [...kept, { ...request, usedAt: now }].slice(-MAX_USED_KEYS);
  ledger.putAccount({ ...account, usedKeys });
}
