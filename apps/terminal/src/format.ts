const signed = new Intl.NumberFormat("en", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});
const compact = new Intl.NumberFormat("en", {
  notation: "compact",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const rounded = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const quantity = new Intl.NumberFormat("en", { maximumFractionDigits: 8 });

/** Formats a change of money as `+1.20` or `-0.40`. */
export function formatChange(value: number): string {
  return signed.format(value);
}

/** Formats a percentage as `+0.52%`. */
export function formatPercent(value: number): string {
  return `${signed.format(value)}%`;
}

/** Formats a volume as `1.20M`, or `787` below a thousand: with two decimals, so that the points of a column are aligned. */
export function formatVolume(value: number): string {
  return value < 999.995 ? rounded.format(value) : compact.format(value);
}

/** Returns the CSS class of a change. */
export function trendOf(change: number): "up" | "down" | "flat" {
  if (change === 0) return "flat";
  return change > 0 ? "up" : "down";
}

/** Formats an amount of money as `100,250.00`. */
export function formatMoney(value: number): string {
  return money.format(value);
}

/** Formats a quantity as `1,250` or `0.0125`. */
export function formatQuantity(value: number): string {
  return quantity.format(value);
}
