import type { Desk } from "./desk.js";
import { shortage } from "./margin.js";
import { attempted, Refusal } from "./refusal.js";
import type { AccountRow, Worth } from "./rows.js";

/** What another leverage would mean. */
export interface LeveragePreview {
  /** Why it would be refused. */
  readonly refusal: Refusal | undefined;
  /** What the account is worth now. */
  readonly before: Worth;
  /** The same with that leverage. */
  readonly after: Worth;
  readonly currency: string;
}

/** @throws {Refusal} */
export function setLeverage(desk: Desk, account: AccountRow, leverage: number): AccountRow {
  const changed = { ...account, leverage: checkedLeverage(desk, leverage) };
  checkPositions(desk, changed);
  if (leverage !== account.leverage) desk.ledger.putAccount(changed);
  return changed;
}

export function previewLeverage(desk: Desk, account: AccountRow, leverage: number): LeveragePreview {
  const [checked, invalid] = attempted(() => checkedLeverage(desk, leverage));
  const changed = { ...account, leverage: checked ?? account.leverage };
  return {
    refusal: invalid ?? attempted(() => checkPositions(desk, changed))[1],
    before: desk.margin.worth(account),
    after: desk.margin.worth(changed),
    currency: account.currency,
  };
}

function checkedLeverage({ options: { maxLeverage } }: Desk, leverage: number): number {
  if (Number.isInteger(leverage) && leverage >= 1 && leverage <= maxLeverage) return leverage;
  const range = `it has to be a whole number from 1 to ${maxLeverage}`;
  throw new Refusal("invalid_leverage", `The leverage cannot be ${leverage}: ${range}`);
}

/** Checks that an account can hold its positions. */
function checkPositions({ margin }: Desk, account: AccountRow): void {
  const { marginUsed, equity } = margin.worth(account);
  const short = shortage({ needed: marginUsed, available: equity }, account.currency);
  if (short) throw short;
}
