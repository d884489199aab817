import {
  type Bar,
  bars as barRoute,
  type QuoteData,
  quotes as quoteRoute,
  RESOLUTIONS,
  type Trade,
  trades as tradeRoute,
} from "@trading/topic";
import { addressGroup, type Clock } from "@trading/ws-server";
import { z } from "zod";
import { FairQueue } from "../../http/fair-queue.js";
import type { FastifyZod } from "../../http/fastify-zod.js";
import { named } from "../../http/named-schema.js";
import { Problem } from "../../http/problem.js";
import { wholeNumber } from "../../http/query.js";
import { type BarsReply, writeBars } from "./bars-text.js";
import type { Present } from "./present.js";
import type { Resolution } from "./resolution.js";
import { SHORTEST_MS } from "./resolution.js";
import type { Datafeed } from "./service.js";
import { unknownQuote } from "./streams.js";
import { TAPE_LENGTH } from "./symbol-feed.js";
import { assertMostlyKnown } from "./symbol-list.js";
import { chartConfiguration, resolveSymbol, searchInstruments } from "./symbols.js";
import { toSourceError } from "./to-source-error.js";
import { TurnQueue } from "./turn-queue.js";

/** Maximum number of bars per reply. */
const MAX_BARS = 5_000;

/** Maximum number of symbols per request for quotes, as for a topic. */
const MAX_QUOTES = 500;

/**
 * Numbers of histories that are loaded concurrently, and that wait. Each one needs up to 1 MB while it is loaded, and a second of CPU if
 * none of its days is cached.
 */
const HISTORY_LIMITS = { concurrent: 4, waiting: 200 };

/** The largest time of a JavaScript `Date`. */
const MAX_TIME = 8_640_000_000_000_000;

const symbolError = "expected a symbol of 1 to 64 characters, such as AAPL";
const symbol = z.string({ error: symbolError }).min(1, symbolError).max(64, symbolError);
const time = wholeNumber(-MAX_TIME, MAX_TIME, `expected Unix milliseconds from -${MAX_TIME} to ${MAX_TIME}`);
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

const barsReply = named(
  "Bars",
  z.object({
    bars: z.array(named("Bar", barRoute.update as z.ZodType<Bar>)),
    nextTime: z
      .int()
      .nullable()
      .meta({
        description: "If the period is empty, the opening time of the newest bar before it; null if there is none",
      })
      .optional(),
  }),
);

const configuration = named(
  "ChartConfiguration",
  z.object({
    supported_resolutions: z.array(z.string()),
    exchanges: z.array(z.object({ value: z.string(), name: z.string(), desc: z.string() })),
    symbols_types: z.array(z.object({ name: z.string(), value: z.string() })),
    supports_marks: z.boolean(),
    supports_time: z.boolean(),
  }),
);

const timeReply = named("ServerTime", z.object({ time: z.int().meta({ description: "Unix milliseconds" }) }));

const quotesBody = named(
  "QuotesRequest",
  z.object({ symbols: z.array(symbol).max(MAX_QUOTES, `expected at most ${MAX_QUOTES} symbols`) }),
);
const quotesReply = z.array(named("Quote", quoteRoute.update as z.ZodType<QuoteData>));

const tradesQuery = z.object({
  symbol,
  limit: wholeNumber(1, TAPE_LENGTH).default(TAPE_LENGTH).meta({ description: "Maximum number of trades, the newest" }),
});
const tradesReply = named(
  "Trades",
  z.object({ trades: z.array(named("Trade", tradeRoute.update as z.ZodType<Trade>)) }),
);

const found = named(
  "FoundSymbol",
  z.object({
    symbol: z.string(),
    ticker: z.string(),
    description: z.string(),
    exchange: z.string(),
    type: z.string(),
  }),
);

const symbolInfo = named(
  "SymbolInfo",
  z.object({
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
    market_status: z.enum(["open", "ended"]).meta({
      description:
        "`ended` if the data is over for good, as that of a replay at its end: prices do not change, and the broker refuses orders",
    }),
  }),
);

/** Registers the HTTP endpoints that the charting library's adapter in `@trading/ws-client` uses. */
export function datafeedRest(
  rest: FastifyZod,
  datafeed: Datafeed,
  clock: Pick<Clock, "now">,
  present: Present = datafeed,
): void {
  const histories = new FairQueue(HISTORY_LIMITS);
  const turns = new TurnQueue();
  rest.get(
    "/config",
    {
      schema: {
        operationId: "getChartConfiguration",
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
        operationId: "searchSymbols",
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
        operationId: "resolveSymbol",
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
        operationId: "getBars",
        summary: `Past bars and the current one, ascending by time, at most the newest ${MAX_BARS}`,
        querystring: barsQuery,
        response: { 200: barsReply },
      },
    },
    async ({ query, ip }, reply) => {
      try {
        const load = async () => writeBars(await barsOf(datafeed, present, query), turns);
        const bytes = await histories.run(addressGroup(ip), load, tooManyHistories);
        // Bytes are sent as they are, but the types expect what the schema describes.
        return reply.type("application/json; charset=utf-8").send(bytes as unknown as z.output<typeof barsReply>);
      } catch (error) {
        throw toSourceError(error);
      }
    },
  );

  rest.get(
    "/trades",
    {
      schema: {
        operationId: "getTrades",
        summary: `The last trades of a symbol, oldest first, at most ${TAPE_LENGTH}; \`trades.update\` continues with the same ids`,
        querystring: tradesQuery,
        response: { 200: tradesReply },
      },
    },
    async ({ query: { symbol, limit }, ip }) => {
      try {
        datafeed.instrument(symbol);
        const load = () => present.trades(symbol);
        const trades = await histories.run(addressGroup(ip), load, tooManyHistories);
        return { trades: trades.slice(-limit) };
      } catch (error) {
        throw toSourceError(error);
      }
    },
  );

  rest.get(
    "/time",
    {
      schema: {
        operationId: "getTime",
        summary: "The server's time, for the countdown of a chart's current bar",
        response: { 200: timeReply },
      },
    },
    () => ({ time: clock.now() }),
  );

  rest.post(
    "/quotes",
    {
      schema: {
        operationId: "getQuotes",
        summary:
          "Current quotes, in the order of the request; unknown symbols get a quote with an error, at most 50 of them",
        body: quotesBody,
        response: { 200: quotesReply },
      },
    },
    async ({ body, ip }) => {
      try {
        assertMostlyKnown(datafeed, body.symbols);
        return await histories.run(addressGroup(ip), () => quotesOf(datafeed, present, body.symbols), tooManyHistories);
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
async function barsOf(
  datafeed: Datafeed,
  present: Present,
  { symbol, resolution, from, to, countBack }: Period,
): Promise<BarsReply> {
  const history = (until: number | undefined, count: number) =>
    datafeed.history(
      { symbol, resolution, to: until, countBack: Math.min(MAX_BARS, Math.max(1, count)) },
      (...published) => present.bars(...published),
    );
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

function tooManyHistories(): Problem {
  const detail = "Too many requests for histories and quotes are pending: try again in a second.";
  return new Problem(503, detail, "busy", { "retry-after": "1" });
}

/** Returns the quotes of a list, in its order. Each symbol is requested once. */
function quotesOf(datafeed: Datafeed, present: Present, symbols: readonly string[]): Promise<QuoteData[]> {
  const pending = new Map<string, Promise<QuoteData>>();
  for (const each of symbols) pending.set(each, pending.get(each) ?? quoteNow(datafeed, present, each));
  return Promise.all(symbols.map((each) => pending.get(each) as Promise<QuoteData>));
}

/** Returns an error quote for an unknown symbol, so that it does not fail the other quotes of the request. */
async function quoteNow(datafeed: Datafeed, present: Present, symbol: string): Promise<QuoteData> {
  if (!datafeed.instruments.has(symbol)) return unknownQuote(symbol);
  const nothing = { s: "error" as const, n: symbol, v: { message: `No trades of ${symbol} yet.` } };
  return (await present.quote(symbol)) ?? nothing;
}
