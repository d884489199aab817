import { RESOLUTIONS } from "@trading/topic";
import { SourceError } from "@trading/ws-server";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Datafeed } from "./service.js";

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));

const MAX_COUNT_BACK = 5_000;

/** The last moment that a JavaScript date can tell. */
const MAX_TIME = 8_640_000_000_000_000;

const BARS_QUERY = {
  symbol: { schema: z.string().min(1).max(64), allowed: "a symbol, such as AAPL" },
  resolution: { schema: z.enum(RESOLUTIONS), allowed: `one of ${RESOLUTIONS.join(" ")}` },
  to: { schema: wholeNumber(0, MAX_TIME).optional(), allowed: `Unix milliseconds, at most ${MAX_TIME}` },
  countBack: {
    schema: wholeNumber(1, MAX_COUNT_BACK).default(300),
    allowed: `a whole number from 1 to ${MAX_COUNT_BACK}`,
  },
};

const barsQuery = z.object({
  symbol: BARS_QUERY.symbol.schema,
  resolution: BARS_QUERY.resolution.schema,
  to: BARS_QUERY.to.schema,
  countBack: BARS_QUERY.countBack.schema,
});

/** The datafeed over plain HTTP: what there is, and the past of it. `/api/v1/datafeed/...` */
export function datafeedRest(app: FastifyInstance, datafeed: Datafeed): void {
  app.get("/api/v1/datafeed/symbols", () => ({
    symbols: Array.from(datafeed.instruments.values(), ({ symbol, description, exchange }) => ({
      symbol,
      description,
      exchange,
      resolutions: datafeed.resolutions,
    })),
  }));

  app.get("/api/v1/datafeed/bars", async (request, reply) => {
    const query = barsQuery.safeParse(request.query);
    if (!query.success)
      return reply.status(400).send({ code: "invalid_query", message: explain(query.error, request.query) });
    const { symbol, resolution, countBack, to } = query.data;
    try {
      return { symbol, resolution, bars: await datafeed.history({ symbol, resolution, to, countBack }) };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const status = error.code === "unknown_symbol" ? 404 : 400;
      return reply.status(status).send({ code: error.code, message: error.message });
    }
  });
}

/** The first wrong parameter, what it was, and what is allowed. */
function explain(error: z.ZodError, query: unknown): string {
  const name = error.issues[0]?.path[0] as keyof typeof BARS_QUERY;
  const given = (query as Record<string, unknown>)[name];
  const what = given === undefined ? "is missing" : `is ${JSON.stringify(given)}`;
  return `${name} ${what}: give ${BARS_QUERY[name].allowed}.`;
}
