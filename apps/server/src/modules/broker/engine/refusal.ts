/** Stable codes of refusals, for programs. */
export type RefusalCode =
  | "invalid_account"
  | "invalid_key"
  | "key_reused"
  | "invalid_time_in_force"
  | "invalid_order"
  | "invalid_qty"
  | "invalid_price"
  | "invalid_bracket"
  | "invalid_leverage"
  | "unknown_symbol"
  | "account_halted"
  | "market_closed"
  | "unknown_order"
  | "unknown_position"
  | "not_working"
  | "already_triggered"
  | "already_closing"
  | "too_many_orders"
  | "not_enough_margin";

/** A rejected command, which has changed nothing. The message is a sentence for people. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Returns a function's result, or the `Refusal` that it threw. Other errors propagate. */
export function catchRefusal<Result>(call: () => Result): readonly [Result, undefined] | readonly [undefined, Refusal] {
  try {
    return [call(), undefined];
  } catch (error) {
    if (error instanceof Refusal) return [undefined, error];
    throw error;
  }
}
