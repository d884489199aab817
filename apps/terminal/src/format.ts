// Built when they are used, because the first one takes tens of milliseconds, which would delay the requests of the page.
const signed = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
const compact = numberFormat({ notation: "compact", minimumFractionDigits: 2, maximumFractionDigits: 2 });
const rounded = numberFormat({ maximumFractionDigits: 2 });
const money = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const quantity = numberFormat({ maximumFractionDigits: 8 });

/** Returns a function that formats numbers in English, and builds the format in its first call. */
export function numberFormat(options: Intl.NumberFormatOptions): (value: number) => string {
  let format: Intl.NumberFormat | undefined;
  return (value) => {
    format ??= new Intl.NumberFormat("en", options);
    return format.format(value);
  };
}

/** Formats a change of money as `+1.20` or `-0.40`. */
export function formatChange(value: number): string {
  return signed(value);
}

/** Formats a percentage as `+0.52%`. */
export function formatPercent(value: number): string {
  return `${signed(value)}%`;
}

/** Formats a volume as `1.20M`, or `787` below a thousand: with two decimals, so that the points of a column are aligned. */
export function formatVolume(value: number): string {
  return value < 999.995 ? rounded(value) : compact(value);
}

/** Returns the CSS class of a change. */
export function trendOf(change: number): "up" | "down" | "flat" {
  if (change === 0) return "flat";
  return change > 0 ? "up" : "down";
}

/** Formats an amount of money as `100,250.00`. */
export function formatMoney(value: number): string {
  return money(value);
}

/** Formats a quantity as `1,250` or `0.0125`. */
export function formatQuantity(value: number): string {
  return quantity(value);
}
