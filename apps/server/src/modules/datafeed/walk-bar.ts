import type { Bar } from "@trading/topic";
import type { Trade } from "./market-source.js";

/**
 * Converts a bar into trades with the bar's time: the open, the extreme nearer to it, the other extreme and the close,
 * as TradingView's broker emulator assumes; the high first if both are as near. The volume is shared evenly.
 *
 * Use it in sources that only have bars, in ticks with `isContinuous`.
 *
 * @param idPrefix prefix of the trades' ids, unique per symbol
 * @see https://www.tradingview.com/pine-script-docs/concepts/strategies/#broker-emulator
 */
export function walkBar({ time, open, high, low, close, volume }: Bar, idPrefix: string): Required<Trade>[] {
  const isHighFirst = high - open <= open - low;
  const extremes = isHighFirst ? [high, low] : [low, high];
  const prices = [open, ...extremes, close].filter((price, at, all) => at === 0 || price !== all[at - 1]);
  const share = Math.floor(volume / prices.length);
  return prices.map((price, at) => ({
    id: `${idPrefix}-${at}`,
    time,
    price,
    qty: at === 0 ? volume - share * (prices.length - 1) : share,
    side: price < (prices[at - 1] ?? open) ? -1 : 1,
  }));
}
