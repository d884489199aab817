import type { EngineContext } from "./context.js";
import { Refusal } from "./refusal.js";
import type { AccountRow } from "./rows.js";

/** Sets the reason for which an account's orders are refused; null accepts them. */
export function haltAccount({ ledger }: EngineContext, account: AccountRow, haltedFor: string | null): AccountRow {
  const changed = { ...account, haltedFor };
  if (account.haltedFor !== haltedFor) ledger.putAccount(changed);
  return changed;
}

/** Checks that an account can have new orders. @throws {Refusal} account_halted */
export function assertNotHalted({ haltedFor }: AccountRow): void {
  if (haltedFor === null) return;
  const reason = haltedFor === "" ? "" : `: ${haltedFor}`;
  throw new Refusal(
    "account_halted",
    `The account has been halted by the operator${reason}. Orders can be cancelled and positions closed`,
  );
}
