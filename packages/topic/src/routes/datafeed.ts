import { RESOLUTIONS } from "../constants.js";
import { createRoute } from "../route.js";
import { SINGLE_KEY } from "../shape.js";
import {
  array,
  atLeast,
  atMost,
  int,
  maxLength,
  minLength,
  number,
  object,
  oneOf,
  oneOfObjects,
  optional,
  string,
} from "./schemas.js";

const symbol = string(minLength(1), maxLength(64));
const price = number();
const quantity = number(atLeast(0));

/** Unix milliseconds. */
const time = int();

/** One candle. `time` is its opening time. */
export const bar = object({
  time,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: int(atLeast(0)),
});

/** A quote in the format of TradingView's QuoteData: the prices of a symbol, or an error. */
export const quoteData = oneOfObjects(
  "s",
  object({
    s: oneOf("ok"),
    /** The symbol's name. */
    n: symbol,
    v: object({
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
      short_name: string(),
      exchange: string(),
      description: string(),
      original_name: string(),
    }),
  }),
  object({
    s: oneOf("error"),
    n: symbol,
    v: object({
      /** The reason, for people. */
      message: optional(string()),
    }),
  }),
);

/** One trade on the tape. */
export const trade = object({
  id: string(),
  time,
  price,
  qty: quantity,
  /** The aggressor: 1 bought, -1 sold. */
  side: oneOf(1, -1),
});

const level = object({ price, qty: quantity });

/** The whole book down to the requested depth, best prices first. */
export const orderBook = object({ time, bids: array(level), asks: array(level) });

export const bars = createRoute({
  name: "bars",
  params: object({ symbol, resolution: oneOf(...RESOLUTIONS) }),
  update: bar,
  key: "time",
  keep: { count: 100 },
  snapshot: "current",
  access: "public",
  summary: "Candles of one symbol in one resolution. The current candle is updated until it closes.",
});

export const quotes = createRoute({
  name: "quotes",
  params: object({
    /** Symbols whose quotes are sent about once a minute. */
    symbols: array(symbol, maxLength(500)),
    /** Symbols whose quotes are sent on every change. */
    fast_symbols: array(symbol, maxLength(500)),
  }),
  update: quoteData,
  key: "n",
  access: "public",
  summary: "Quotes of a list of symbols: every minute for `symbols`, on every change for `fast_symbols`.",
});

export const trades = createRoute({
  name: "trades",
  params: object({ symbol }),
  update: trade,
  access: "public",
  summary: "Every trade of one symbol.",
});

export const orderbook = createRoute({
  name: "orderbook",
  params: object({ symbol, depth: int(atLeast(1), atMost(500)) }),
  update: orderBook,
  key: SINGLE_KEY,
  access: "public",
  summary: "The order book of one symbol. Each update is the whole book.",
});
