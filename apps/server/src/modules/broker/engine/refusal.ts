/** Why a command is refused, for programs. */
export type RefusalCode =
  | "invalid_account"
  | "invalid_key"
  | "invalid_order"
  | "invalid_qty"
  | "invalid_price"
  | "invalid_bracket"
  | "invalid_leverage"
  | "unknown_symbol"
  | "unknown_order"
  | "unknown_position"
  | "not_working"
  | "already_triggered"
  | "already_closing"
  | "too_many_orders"
  | "not_enough_margin";

/** A command that cannot be done; nothing was changed. Its message is a sentence for a person. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a call gives, or why it is refused. Other errors are thrown on. */
export function catchRefusal<Result>(call: () => Result): readonly [Result, undefined] | readonly [undefined, Refusal] {
  try {
    return [call(), undefined];
  } catch (error) {
    if (error instanceof Refusal) return [undefined, error];
    throw error;
  }
}
