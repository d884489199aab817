import type { Bar } from "@trading/topic";

const MAX_DECIMALS = 8;

/** Prices are shown with at least two decimals. */
const MIN_DECIMALS = 2;

/**
 * Returns the step of which all prices are multiples: 0.01, 0.00001 for currencies, 0.00000001 at least.
 *
 * Downloaded files often contain prices such as 188.58999633789062, which are rounding errors of a calculation and no
 * steps. If any price has more than eight decimals, the step gives the lowest price five significant digits instead.
 */
export function priceStepOf(bars: readonly Bar[]): number {
  let decimals = MIN_DECIMALS;
  let lowest = Number.POSITIVE_INFINITY;
  for (const { open, high, low, close } of bars) {
    for (const price of [open, high, low, close]) {
      if (!hasDecimals(price, decimals)) decimals = Math.max(decimals, decimalsOf(price));
      if (price !== 0) lowest = Math.min(lowest, Math.abs(price));
    }
  }
  if (decimals > MAX_DECIMALS) {
    const significant = 4 - Math.floor(Math.log10(Math.max(10 ** -MAX_DECIMALS, lowest)));
    decimals = Math.min(MAX_DECIMALS, Math.max(MIN_DECIMALS, significant));
  }
  return Number(`1e-${decimals}`);
}

/**
 * Returns the step of order quantities: 1 if all volumes are whole numbers, otherwise their decimals, as long as the step of
 * an amount of money, which is the product of both steps, has at most eight.
 */
export function qtyStepOf(bars: readonly Bar[], priceStep: number): number {
  const most = MAX_DECIMALS - decimalsOf(priceStep);
  let decimals = 0;
  for (const { volume } of bars) {
    if (!hasDecimals(volume, decimals)) decimals = Math.max(decimals, decimalsOf(volume));
  }
  return Number(`1e-${Math.min(most, decimals)}`);
}

/** Returns whether a number is written with at most some decimals. Writing it, as `decimalsOf` does, takes ten times longer. */
function hasDecimals(value: number, decimals: number): boolean {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale === value;
}

/** Returns the number of decimals that a number is written with. */
function decimalsOf(price: number): number {
  const [digits = "", exponent = "0"] = String(price).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}
