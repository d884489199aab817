import * as z from "zod/mini";
import { createRoute } from "../route.js";
import { SINGLE_KEY } from "../shape.js";

/** Bar lengths: minutes, then day, week and month. */
export const RESOLUTIONS = ["1", "5", "15", "30", "60", "D", "W", "M"] as const;

const symbol = z.string().check(z.minLength(1), z.maxLength(64));
const price = z.number();
const quantity = z.number().check(z.nonnegative());

/** Unix milliseconds. */
const time = z.int();

/** One candle. `time` is when it opens. */
export const bar = z.object({
  time,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: z.int().check(z.nonnegative()),
});

/** A quote in the shape of TradingView's QuoteData: the prices of a symbol, or that there are none. */
export const quoteData = z.discriminatedUnion("s", [
  z.object({
    s: z.literal("ok"),
    /** The symbol's name. */
    n: symbol,
    v: z.object({
      /** Last price. */
      lp: price,
      ask: price,
      bid: price,
      spread: price,
      open_price: price,
      high_price: price,
      low_price: price,
      prev_close_price: price,
      volume: quantity,
      /** Change since the previous close. */
      ch: price,
      /** The same in percent. */
      chp: price,
      short_name: z.string(),
      exchange: z.string(),
      description: z.string(),
      original_name: z.string(),
    }),
  }),
  z.object({
    s: z.literal("error"),
    n: symbol,
    v: z.object({
      /** Why, for a person. */
      message: z.optional(z.string()),
    }),
  }),
]);

/** One trade on the tape. */
export const trade = z.object({
  id: z.string(),
  time,
  price,
  qty: quantity,
  /** The aggressor: 1 bought, -1 sold. */
  side: z.literal([1, -1]),
});

const level = z.object({ price, qty: quantity });

/** The whole book to the depth that was asked for, best prices first. */
export const orderBook = z.object({ time, bids: z.array(level), asks: z.array(level) });

export const bars = createRoute({
  name: "bars",
  params: z.object({ symbol, resolution: z.enum(RESOLUTIONS) }),
  update: bar,
  key: "time",
  keep: { count: 100 },
  snapshot: "current",
  access: "public",
  summary: "Candles of one symbol in one resolution; the current one changes until its time is over.",
});

export const quotes = createRoute({
  name: "quotes",
  params: z.object({
    /** Told about once a minute. */
    symbols: z.array(symbol).check(z.maxLength(500)),
    /** Told about at every change. */
    fast_symbols: z.array(symbol).check(z.maxLength(500)),
  }),
  update: quoteData,
  key: "n",
  access: "public",
  summary: "Quotes of a list of symbols, slow ones each minute and fast ones at every change.",
});

export const trades = createRoute({
  name: "trades",
  params: z.object({ symbol }),
  update: trade,
  access: "public",
  summary: "Every trade of one symbol.",
});

export const orderbook = createRoute({
  name: "orderbook",
  params: z.object({ symbol, depth: z.int().check(z.minimum(1), z.maximum(500)) }),
  update: orderBook,
  key: SINGLE_KEY,
  access: "public",
  summary: "The order book of one symbol; each update is the whole book.",
});
