import type { Amount } from "./rows.js";

const DECIMALS = 8;

/** The number 1 as an amount. */
export const UNIT: Amount = 10n ** BigInt(DECIMALS);

/**
 * Converts a number that is the closest double to an amount; undefined if it has more than 8 decimals or is not finite.
 */
export function toAmount(value: number): Amount | undefined {
  // Larger numbers are formatted with an exponent.
  if (!(Math.abs(value) < 1e21)) return undefined;
  const text = Math.abs(value) < 1 ? value.toFixed(DECIMALS) : String(value);
  if (Number(text) !== value) return undefined;
  const [whole = "", decimals = ""] = text.split(".");
  return decimals.length > DECIMALS ? undefined : BigInt(whole + decimals.padEnd(DECIMALS, "0"));
}

/** Rounds a number to the nearest amount; undefined if it is not finite or too large. */
export function nearestAmount(value: number): Amount | undefined {
  if (!(Math.abs(value) < 1e21)) return undefined;
  return toAmount(value) ?? BigInt(value.toFixed(DECIMALS).replace(".", ""));
}

/** Formats an amount as `-1.05`. */
export function toText(amount: Amount): string {
  const digits = `${amount < 0n ? -amount : amount}`.padStart(DECIMALS + 1, "0");
  const decimals = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${digits.slice(0, -DECIMALS)}${decimals && `.${decimals}`}`;
}

/** Formats an amount for people as `-1,234.50`, with at least two decimals. */
export function toReadable(amount: Amount): string {
  const [whole = "", decimals = ""] = toText(amount).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${decimals.padEnd(2, "0")}`;
}

/** Formats an amount of money for people, rounded towards 0 to cents: `1,234.50`. */
export function toMoney(amount: Amount): string {
  return toReadable(amount - (amount % (UNIT / 100n)));
}

/** Converts an amount to the nearest number. */
export function toNumber(amount: Amount): number {
  return Number(toText(amount));
}

/** Returns price times quantity. Exact if both are multiples of the instrument's steps. */
export function notional(price: Amount, qty: Amount): Amount {
  return (price * qty) / UNIT;
}

/**
 * Returns the average price of a quantity, rounded to the nearest multiple of a unit.
 *
 * @param qty greater than 0
 * @param unit @default 1n, which is 8 decimals
 */
export function averagePrice(value: Amount, qty: Amount, unit: Amount = 1n): Amount {
  const divisor = qty * unit;
  return floorDiv(value * UNIT * 2n + divisor, divisor * 2n) * unit;
}

/** Returns the place value of the last decimal of a step: 0.01 for 0.25. */
export function lastDecimal(step: Amount): Amount {
  let unit = UNIT;
  while (step % unit !== 0n) unit /= 10n;
  return unit;
}

/** Divides and rounds down, also below 0, where `/` rounds up. @param divisor greater than 0 */
export function floorDiv(value: bigint, divisor: bigint): bigint {
  return value >= 0n ? value / divisor : -((divisor - 1n - value) / divisor);
}

/** Rounds an amount down to a multiple of a step. */
export function floorTo(amount: Amount, step: Amount): Amount {
  return floorDiv(amount, step) * step;
}

/** Rounds an amount up to a multiple of a step. */
export function ceilTo(amount: Amount, step: Amount): Amount {
  return floorDiv(amount + step - 1n, step) * step;
}

/** Returns the distance of an amount from 0. */
export function abs(amount: Amount): Amount {
  return amount < 0n ? -amount : amount;
}

/** Returns the smaller of two amounts. */
export function min(one: Amount, other: Amount): Amount {
  return one < other ? one : other;
}
