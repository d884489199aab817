import { type Bar, bars as barRoute, type QuoteData, quotes as quoteRoute, RESOLUTIONS } from "@trading/topic";
import { z } from "zod";
import type { FastifyZod } from "../../http/fastify-zod.js";
import { wholeNumber } from "../../http/query.js";
import type { Resolution } from "./resolution.js";
import { SHORTEST_MS } from "./resolution.js";
import type { Datafeed } from "./service.js";
import { unknownQuote } from "./streams.js";
import { chartConfiguration, resolveSymbol, searchInstruments } from "./symbols.js";
import { toSourceError } from "./to-source-error.js";

/** Bars of one reply. */
const MAX_BARS = 5_000;

/** Symbols of one request for quotes, as of one topic. */
const MAX_QUOTES = 500;

/** The last moment that a JavaScript date can tell. */
const MAX_TIME = 8_640_000_000_000_000;

const symbolError = "give a symbol of 1 to 64 characters, such as AAPL";
const symbol = z.string({ error: symbolError }).min(1, symbolError).max(64, symbolError);
const time = wholeNumber(0, MAX_TIME, `give Unix milliseconds, at most ${MAX_TIME}`);
const filter = z.string().max(64).default("");

const barsQuery = z.object({
  symbol,
  resolution: z.enum(RESOLUTIONS, { error: `give one of ${RESOLUTIONS.join(" ")}` }),
  from: time
    .optional()
    .meta({ description: "Bars that open at it or later, Unix milliseconds. Left out: `countBack` tells" }),
  to: time
    .optional()
    .meta({ description: "Bars that open before it, Unix milliseconds. Left out: the present one too" }),
  countBack: wholeNumber(0, 1_000_000).default(300).meta({
    description: "How many bars before `to` are wanted, also where that is before `from`; 0: only the period",
  }),
});

const barsReply = z.object({
  bars: z.array(barRoute.update as z.ZodType<Bar>),
  nextTime: z
    .int()
    .nullable()
    .meta({ description: "Where the period is empty, when the newest bar before it opens; null where there is none" })
    .optional(),
});

const configuration = z.object({
  supported_resolutions: z.array(z.string()),
  exchanges: z.array(z.object({ value: z.string(), name: z.string(), desc: z.string() })),
  symbols_types: z.array(z.object({ name: z.string(), value: z.string() })),
  supports_marks: z.boolean(),
  supports_time: z.boolean(),
});

const found = z.object({
  symbol: z.string(),
  ticker: z.string(),
  description: z.string(),
  exchange: z.string(),
  type: z.string(),
});

const symbolInfo = z.object({
  name: z.string(),
  ticker: z.string(),
  description: z.string(),
  type: z.string(),
  session: z.string(),
  timezone: z.string(),
  exchange: z.string(),
  listed_exchange: z.string(),
  format: z.literal("price"),
  minmov: z.int(),
  pricescale: z.int(),
  supported_resolutions: z.array(z.string()),
  has_intraday: z.boolean(),
  has_daily: z.boolean(),
  has_weekly_and_monthly: z.boolean(),
  volume_precision: z.int(),
  currency_code: z.string(),
  data_status: z.literal("streaming"),
});

/** The datafeed over plain HTTP, as the charting library's adapter of `@trading/ws-client` asks it. */
export function datafeedRest(rest: FastifyZod, datafeed: Datafeed): void {
  rest.get("/config", { schema: { summary: "What charts may ask", response: { 200: configuration } } }, () =>
    chartConfiguration(datafeed),
  );

  rest.get(
    "/search",
    {
      schema: {
        summary: "Symbols by a part of their name or description, at most 50",
        querystring: z.object({ query: filter, exchange: filter, type: filter }),
        response: { 200: z.array(found) },
      },
    },
    ({ query }) => searchInstruments(datafeed, query),
  );

  rest.get(
    "/resolve/:symbol",
    {
      schema: {
        summary: "What a chart needs to know of a symbol",
        params: z.object({ symbol: z.string().min(1).max(128).meta({ description: "`AAPL` or `NASDAQ:AAPL`" }) }),
        response: { 200: symbolInfo },
      },
    },
    async ({ params }) => {
      try {
        return resolveSymbol(datafeed, params.symbol);
      } catch (error) {
        throw toSourceError(error);
      }
    },
  );

  rest.get(
    "/bars",
    {
      schema: {
        summary: `Past bars and the present one, ascending by time, at most the newest ${MAX_BARS}`,
        querystring: barsQuery,
        response: { 200: barsReply },
      },
    },
    async ({ query }) => {
      try {
        return await barsOf(datafeed, query);
      } catch (error) {
        throw toSourceError(error);
      }
    },
  );

  rest.post(
    "/quotes",
    {
      schema: {
        summary: "Present quotes, in the order they are asked for",
        body: z.object({ symbols: z.array(symbol).max(MAX_QUOTES, `give at most ${MAX_QUOTES} symbols`) }),
        response: { 200: z.array(quoteRoute.update as z.ZodType<QuoteData>) },
      },
    },
    async ({ body }) => {
      const asked = new Map<string, Promise<QuoteData>>();
      for (const each of body.symbols) asked.set(each, asked.get(each) ?? quoteNow(datafeed, each));
      try {
        return await Promise.all(body.symbols.map((each) => asked.get(each) as Promise<QuoteData>));
      } catch (error) {
        throw toSourceError(error);
      }
    },
  );
}

interface Period {
  readonly symbol: string;
  readonly resolution: Resolution;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly countBack: number;
}

/** The bars of a period, and older ones where those are fewer than `countBack`. */
async function barsOf(datafeed: Datafeed, { symbol, resolution, from, to, countBack }: Period) {
  const history = (until: number | undefined, count: number) =>
    datafeed.history({ symbol, resolution, to: until, countBack: Math.min(MAX_BARS, Math.max(1, count)) });
  const end = to ?? Number.POSITIVE_INFINITY;
  // In a period of that length there can be no more.
  const most = from === undefined ? 0 : Math.ceil((end - from) / SHORTEST_MS[resolution]) + 1;
  const newest = await history(to, Math.max(countBack, most));
  const oldest = newest.length - countBack;
  const wanted = newest.filter(({ time }, index) => index >= oldest || time >= (from ?? Number.POSITIVE_INFINITY));
  if (wanted.length > 0) return { bars: wanted };
  const [older] = from === undefined ? [] : await history(Math.min(from, end), 1);
  return { bars: [], nextTime: older?.time ?? null };
}

/** One wrong symbol must not cost a watch list the others. */
async function quoteNow(datafeed: Datafeed, symbol: string): Promise<QuoteData> {
  if (!datafeed.instruments.has(symbol)) return unknownQuote(symbol);
  const nothing = { s: "error" as const, n: symbol, v: { message: `Nothing of ${symbol} was traded yet.` } };
  return (await datafeed.quote(symbol)) ?? nothing;
}
