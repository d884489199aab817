import type { PriceMove } from "../../market/market.js";
import type { Instrument, Trade } from "./market-source.js";

/**
 * Describes how trades moved the price.
 *
 * @param isContinuous whether the trades stand for a bar, whose whole volume was available at each of its prices
 * @param hasBooks whether quantities come from order books instead: the trades then only move the price
 */
export function movesOf(
  instrument: Instrument,
  trades: readonly Trade[],
  isContinuous: boolean,
  hasBooks: boolean,
): PriceMove[] {
  const total = trades.reduce((sum, { qty }) => sum + qty, 0);
  let soFar = 0;
  return trades.map(({ price, qty }, at) => {
    soFar += qty;
    const traded = instrument.hasVolume === false ? instrument.maxQty : isContinuous ? total : soFar;
    return { price, qty: hasBooks ? 0 : traded, isJump: at === 0 || !isContinuous };
  });
}
