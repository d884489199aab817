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

/** Maximum number of bars per reply. */
const MAX_BARS = 5_000;

/** Maximum number of symbols per request for quotes, as for a topic. */
const MAX_QUOTES = 500;

/** The largest time of a JavaScript `Date`. */
const MAX_TIME = 8_640_000_000_000_000;

const symbolError = "expected a symbol of 1 to 64 characters, such as AAPL";
const symbol = z.string({ error: symbolError }).min(1, symbolError).max(64, symbolError);
const time = wholeNumber(0, MAX_TIME, `expected Unix milliseconds, at most ${MAX_TIME}`);
const filter = z.string().max(64).default("");

const barsQuery = z.object({
  symbol,
  resolution: z.enum(RESOLUTIONS, { error: `expected one of ${RESOLUTIONS.join(" ")}` }),
  from: time.optional().meta({
    description: "Only bars that open at or after this time, Unix milliseconds. If omitted, `countBack` decides",
  }),
  to: time.optional().meta({
    description: "Only bars that open before this time, Unix milliseconds. If omitted, the current bar is included",
  }),
  countBack: wholeNumber(0, 1_000_000).default(300).meta({
    description: "Minimum number of bars before `to`, even if some open before `from`; 0 returns only the period",
  }),
});

const barsReply = z.object({
  bars: z.array(barRoute.update as z.ZodType<Bar>),
  nextTime: z
    .int()
    .nullable()
    .meta({
      description: "If the period is empty, the opening time of the newest bar before it; null if there is none",
    })
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

/** Registers the HTTP endpoints that the charting library's adapter in `@trading/ws-client` uses. */
export function datafeedRest(rest: FastifyZod, datafeed: Datafeed): void {
  rest.get(
    "/config",
    {
      schema: {
        summary: "Configuration for charts: resolutions, exchanges and types of symbols",
        response: { 200: configuration },
      },
    },
    () => chartConfiguration(datafeed),
  );

  rest.get(
    "/search",
    {
      schema: {
        summary: "Searches symbols by a part of their name or description, at most 50 results",
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
        summary: "Metadata of a symbol for a chart",
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
        summary: `Past bars and the current one, ascending by time, at most the newest ${MAX_BARS}`,
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
        summary: "Current quotes, in the order of the request",
        body: z.object({ symbols: z.array(symbol).max(MAX_QUOTES, `expected at most ${MAX_QUOTES} symbols`) }),
        response: { 200: z.array(quoteRoute.update as z.ZodType<QuoteData>) },
      },
    },
    async ({ body }) => {
      const pending = new Map<string, Promise<QuoteData>>();
      for (const each of body.symbols) pending.set(each, pending.get(each) ?? quoteNow(datafeed, each));
      try {
        return await Promise.all(body.symbols.map((each) => pending.get(each) as Promise<QuoteData>));
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

/** Returns the bars of a period, and older ones if those are fewer than `countBack`. */
async function barsOf(datafeed: Datafeed, { symbol, resolution, from, to, countBack }: Period) {
  const history = (until: number | undefined, count: number) =>
    datafeed.history({ symbol, resolution, to: until, countBack: Math.min(MAX_BARS, Math.max(1, count)) });
  const end = to ?? Number.POSITIVE_INFINITY;
  // A period of that length cannot contain more.
  const most = from === undefined ? 0 : Math.ceil((end - from) / SHORTEST_MS[resolution]) + 1;
  const newest = await history(to, Math.max(countBack, most));
  const oldest = newest.length - countBack;
  const wanted = newest.filter(({ time }, index) => index >= oldest || time >= (from ?? Number.POSITIVE_INFINITY));
  if (wanted.length > 0) return { bars: wanted };
  const [older] = from === undefined ? [] : await history(Math.min(from, end), 1);
  return { bars: [], nextTime: older?.time ?? null };
}

/** Returns an error quote for an unknown symbol, so that it does not fail the other quotes of the request. */
async function quoteNow(datafeed: Datafeed, symbol: string): Promise<QuoteData> {
  if (!datafeed.instruments.has(symbol)) return unknownQuote(symbol);
  const nothing = { s: "error" as const, n: symbol, v: { message: `No trades of ${symbol} yet.` } };
  return (await datafeed.quote(symbol)) ?? nothing;
}
