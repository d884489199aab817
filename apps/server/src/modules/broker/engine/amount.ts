import type { Amount } from "./rows.js";

const DECIMALS = 8;

/** 1 as an amount. */
export const UNIT: Amount = 10n ** BigInt(DECIMALS);

/** The amount that a number is the nearest one to; undefined where it has more than 8 decimals, or is not finite. */
export function toAmount(value: number): Amount | undefined {
  // Beyond, numbers are written with an exponent.
  if (!(Math.abs(value) < 1e21)) return undefined;
  const text = Math.abs(value) < 1 ? value.toFixed(DECIMALS) : String(value);
  if (Number(text) !== value) return undefined;
  const [whole = "", decimals = ""] = text.split(".");
  return decimals.length > DECIMALS ? undefined : BigInt(whole + decimals.padEnd(DECIMALS, "0"));
}

/** The amount nearest to a number; undefined where there is none. */
export function nearestAmount(value: number): Amount | undefined {
  if (!(Math.abs(value) < 1e21)) return undefined;
  return toAmount(value) ?? BigInt(value.toFixed(DECIMALS).replace(".", ""));
}

/** `-1.05` */
export function toText(amount: Amount): string {
  const digits = `${amount < 0n ? -amount : amount}`.padStart(DECIMALS + 1, "0");
  const decimals = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${digits.slice(0, -DECIMALS)}${decimals && `.${decimals}`}`;
}

/** `-1,234.50`, for people: at least two decimals. */
export function toReadable(amount: Amount): string {
  const [whole = "", decimals = ""] = toText(amount).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${decimals.padEnd(2, "0")}`;
}

/** The number nearest to an amount, which has at most its decimals. */
export function toNumber(amount: Amount): number {
  return Number(toText(amount));
}

/** What a quantity is worth at a price: exact where their steps are an instrument's. */
export function notional(price: Amount, qty: Amount): Amount {
  return (price * qty) / UNIT;
}

/** What one of a quantity is worth on average, rounded to 8 decimals. @param qty above 0 */
export function averagePrice(value: Amount, qty: Amount): Amount {
  return (value * UNIT * 2n + qty) / (qty * 2n);
}

export function min(one: Amount, other: Amount): Amount {
  if (one < other) return one;
  return other;
}
