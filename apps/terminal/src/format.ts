const price = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const signed = new Intl.NumberFormat("en", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

/** `1,234.50`; small prices keep up to four decimals. */
export function formatPrice(value: number): string {
  return price.format(value);
}

/** `+1.20`, `-0.40`. */
export function formatChange(value: number): string {
  return signed.format(value);
}

/** `+0.52%`. */
export function formatPercent(value: number): string {
  return `${signed.format(value)}%`;
}

/** `1.25M`. */
export function formatVolume(value: number): string {
  return compact.format(value);
}

/** How a change looks: a word that the style sheet colours. */
export function trendOf(change: number): "up" | "down" | "flat" {
  if (change === 0) return "flat";
  return change > 0 ? "up" : "down";
}

const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const quantity = new Intl.NumberFormat("en", { maximumFractionDigits: 8 });
const time = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/** `100,250.00`. */
export function formatMoney(value: number): string {
  return money.format(value);
}

/** `1,250`, `0.0125`. */
export function formatQuantity(value: number): string {
  return quantity.format(value);
}

/** `14:03:59`, where the reader is. */
export function formatTime(ms: number): string {
  return time.format(ms);
}
