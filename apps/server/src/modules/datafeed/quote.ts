import type { Bar, OkQuote } from "@trading/topic";
import type { Book, Instrument, Trade } from "./market-source.js";

/** Builds the quote of a symbol from its bar of the day. */
export function buildQuote(instrument: Instrument, day: Bar, previousClose: number, book: Book | undefined): OkQuote {
  const { symbol, exchange, description } = instrument;
  const bid = book?.bids[0]?.price ?? bidOf(instrument, day.close);
  const ask = book?.asks[0]?.price ?? askOf(instrument, day.close);
  const change = tidy(day.close - previousClose);
  return {
    s: "ok",
    n: symbol,
    v: {
      lp: day.close,
      bid,
      ask,
      spread: tidy(ask - bid),
      open_price: day.open,
      high_price: day.high,
      low_price: day.low,
      prev_close_price: previousClose,
      volume: tidy(day.volume),
      ch: change,
      chp: previousClose === 0 ? 0 : Math.round((change / Math.abs(previousClose)) * 10_000) / 100,
      short_name: symbol,
      exchange,
      description,
      original_name: `${exchange}:${symbol}`,
    },
  };
}

/**
 * Builds an order book for a source without books: one level per side around the last price, with the quantity just
 * traded; no levels if that is 0.
 */
export function synthesizeBook(instrument: Instrument, trades: readonly Trade[]): Book | undefined {
  const last = trades.at(-1);
  if (last === undefined) return undefined;
  const { time, price } = last;
  const qty = tidy(trades.reduce((sum, trade) => sum + trade.qty, 0));
  if (qty === 0) return { time, bids: [], asks: [] };
  return { time, bids: [{ price: bidOf(instrument, price), qty }], asks: [{ price: askOf(instrument, price), qty }] };
}

function bidOf({ spread }: Instrument, last: number): number {
  return Math.min(tidy(last - spread / 2), last);
}

function askOf({ spread }: Instrument, last: number): number {
  return Math.max(tidy(last + spread / 2), last);
}

/** Rounds to eight decimals, which removes binary rounding errors and keeps every digit of a price. */
export function tidy(value: number): number {
  return Math.round(value * 1e8) / 1e8;
}
