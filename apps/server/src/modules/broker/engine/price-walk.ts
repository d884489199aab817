import type { TopOfBook } from "../../../market/market.js";
import type { EngineContext } from "./context.js";
import type { Instrument } from "./instrument.js";
import { priceAt, type Quote, qtyOf, toQuote } from "./offers.js";
import type { Amount } from "./rows.js";

/**
 * Follows the price of a symbol to a new top of book, and triggers and fills orders on the way. An order that the price
 * passes is filled at its own price, one that the price jumps over at the price after the jump.
 *
 * @returns false if the last price is implausible; the update is ignored then
 */
export function followPrice(context: EngineContext, instrument: Instrument, top: TopOfBook, now: number): boolean {
  const { offers, matching } = context;
  const { symbol } = instrument;
  const quote = toQuote(instrument, top);
  if (!quote) return false;
  offers.begin(symbol);
  offers.setClosed(symbol, top.isClosed ?? false);
  offers.setOld(symbol, top.isOld ?? false);
  for (const { price, qty, isJump } of top.moves ?? []) {
    const to = priceAt(instrument, price);
    if (to === undefined) continue;
    const available = qtyOf(instrument, qty);
    const from = offers.last(symbol);
    offers.set(symbol, { ...quote, last: from ?? to, askQty: available, bidQty: available });
    // mutant: pass-prices
    if (!isJump && from !== undefined) passTo(context, instrument, quote, to, now);
    offers.moveTo(symbol, to);
    matching.run(symbol, now);
  }
  // A market that has ended offers nothing, so that it does not matter whether its last quantities were seen.
  // mutant: withdraw-closed
  offers.set(symbol, top.isClosed ? { ...quote, askQty: 0n, bidQty: 0n } : quote);
  matching.run(symbol, now);
  return true;
}

/** Moves the price to each order's price before another one, in the order in which it reaches them. */
function passTo(
  { ledger, offers, matching }: EngineContext,
  { symbol }: Instrument,
  { askGap, bidGap }: Quote,
  to: Amount,
  now: number,
): void {
  const gaps = { ask: askGap ?? 0n, bid: bidGap ?? 0n };
  while (true) {
    // Fills place brackets, so each step looks again.
    const next = ledger.working(symbol)?.nextPrice(offers.last(symbol) ?? to, to, gaps);
    if (next === undefined) return;
    offers.moveTo(symbol, next);
    matching.run(symbol, now);
  }
}
