/** A price level of one side of an order book. */
export interface Level {
  readonly price: number;
  readonly qty: number;
}

/** A level with the sum of all quantities up to it. */
export interface CumulativeLevel extends Level {
  readonly sum: number;
}

/** The sizes of groups, in price steps. */
const GROUP_SIZES = [1, 5, 10, 50, 100];

/** Returns the offered sizes of groups as prices: 0.01, 0.05, 0.1 for a price step of 0.01. */
export function groupSteps(priceStep: number): readonly number[] {
  return GROUP_SIZES.map((size) => tidy(size * priceStep));
}

/**
 * Combines levels whose prices are within one step, best first. A bid is rounded down and an ask up, so that a group never shows a
 * better price than its orders have.
 */
export function groupLevels(levels: readonly Level[], step: number, side: "bids" | "asks"): readonly Level[] {
  const grouped = new Map<number, number>();
  for (const { price, qty } of levels) {
    // A quotient such as 160.74 / 0.01 is slightly off a whole number.
    const steps = Math.round((price / step) * 1e6) / 1e6;
    const group = tidy((side === "bids" ? Math.floor(steps) : Math.ceil(steps)) * step);
    grouped.set(group, (grouped.get(group) ?? 0) + qty);
  }
  return Array.from(grouped, ([price, qty]) => ({ price, qty: tidy(qty) }));
}

/** Adds the cumulative quantities to the first levels. */
export function withSums(levels: readonly Level[], count: number): readonly CumulativeLevel[] {
  let sum = 0;
  return levels.slice(0, count).map((level) => {
    sum += level.qty;
    return { ...level, sum };
  });
}

/** Rounds to eight decimals, which removes binary rounding errors. */
function tidy(value: number): number {
  return Math.round(value * 1e8) / 1e8;
}
