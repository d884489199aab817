import type { EngineContext } from "./context.js";
import { marginShortage } from "./margin.js";
import { catchRefusal, Refusal } from "./refusal.js";
import type { AccountRow, Valuation } from "./rows.js";

/** The effects of another leverage. */
export interface LeveragePreview {
  /** Reason for which it would be rejected. */
  readonly refusal: Refusal | undefined;
  /** The current valuation. */
  readonly before: Valuation;
  /** The valuation with that leverage. */
  readonly after: Valuation;
  readonly currency: string;
}

/** Sets an account's leverage. @throws {Refusal} */
export function setLeverage(context: EngineContext, account: AccountRow, leverage: number): AccountRow {
  const changed = { ...account, leverage: checkedLeverage(context, leverage) };
  checkPositions(context, changed);
  if (leverage !== account.leverage) context.ledger.putAccount(changed);
  return changed;
}

export function previewLeverage(context: EngineContext, account: AccountRow, leverage: number): LeveragePreview {
  const [checked, invalid] = catchRefusal(() => checkedLeverage(context, leverage));
  const changed = { ...account, leverage: checked ?? account.leverage };
  return {
    refusal: invalid ?? catchRefusal(() => checkPositions(context, changed))[1],
    before: context.margin.valuation(account),
    after: context.margin.valuation(changed),
    currency: account.currency,
  };
}

function checkedLeverage({ options: { maxLeverage } }: EngineContext, leverage: number): number {
  if (Number.isInteger(leverage) && leverage >= 1 && leverage <= maxLeverage) return leverage;
  const range = `it must be a whole number from 1 to ${maxLeverage}`;
  throw new Refusal("invalid_leverage", `The leverage cannot be ${leverage}: ${range}`);
}

/** Checks that an account's equity covers its positions. */
function checkPositions({ margin }: EngineContext, account: AccountRow): void {
  const { marginUsed, equity } = margin.valuation(account);
  const short = marginShortage({ needed: marginUsed, available: equity, isOpening: marginUsed > 0n }, account.currency);
  if (short) throw short;
}
