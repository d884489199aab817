import { RESOLUTIONS } from "@trading/topic";
import { z } from "zod";
import { wholeNumber } from "../../query.js";
import type { FastifyZod } from "../module.js";
import { inWordsForClients } from "./refusal.js";
import type { Datafeed } from "./service.js";

const MAX_COUNT_BACK = 5_000;

/** The last moment that a JavaScript date can tell. */
const MAX_TIME = 8_640_000_000_000_000;

const resolution = z.enum(RESOLUTIONS, { error: `give one of ${RESOLUTIONS.join(" ")}` });

const symbolText = z.string();

const symbolInfo = z.object({
  symbol: symbolText,
  description: z.string(),
  exchange: z.string(),
  resolutions: z.array(z.enum(RESOLUTIONS)),
});

const bar = z.object({
  time: z.int().meta({ description: "When it opens, Unix milliseconds" }),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
});

const barsQuery = z.object({
  symbol: z
    .string({ error: "give a symbol, such as AAPL" })
    .min(1, "give a symbol, such as AAPL")
    .max(64, "give a symbol, such as AAPL"),
  resolution,
  to: wholeNumber(0, MAX_TIME, `give Unix milliseconds, at most ${MAX_TIME}`)
    .optional()
    .meta({ description: "Bars that open before it; left out: the present one too" }),
  countBack: wholeNumber(1, MAX_COUNT_BACK).default(300).meta({ description: "At most how many, the newest" }),
});

/** The datafeed over plain HTTP: what there is, and the past of it. */
export function datafeedRest(rest: FastifyZod, datafeed: Datafeed): void {
  rest.get(
    "/symbols",
    { schema: { summary: "What there is data of", response: { 200: z.object({ symbols: z.array(symbolInfo) }) } } },
    () => ({
      symbols: Array.from(datafeed.instruments.values(), ({ symbol, description, exchange }) => ({
        symbol,
        description,
        exchange,
        resolutions: [...datafeed.resolutions],
      })),
    }),
  );

  rest.get(
    "/bars",
    {
      schema: {
        summary: "Past bars and the present one, ascending by time",
        querystring: barsQuery,
        response: { 200: z.object({ symbol: symbolText, resolution: z.enum(RESOLUTIONS), bars: z.array(bar) }) },
      },
    },
    async ({ query: { symbol, resolution, to, countBack } }) => {
      const bars = await datafeed.history({ symbol, resolution, to, countBack }).catch((error) => {
        throw inWordsForClients(error);
      });
      return { symbol, resolution, bars };
    },
  );
}
