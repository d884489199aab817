import { z } from "zod";

/*
 * What this example's upstream says, one JSON text a frame. Yours will speak otherwise: this file and the two calls of
 * `send` in relay-source.ts are what differs.
 */

const time = z.int().meta({ description: "Unix milliseconds" });
const level = z.object({ price: z.number(), qty: z.number().nonnegative() });

const tick = z.object({
  type: z.literal("tick"),
  symbol: z.string(),
  trades: z.array(
    z.object({
      id: z.string(),
      time,
      price: z.number(),
      qty: z.number().nonnegative(),
      side: z.union([z.literal(1), z.literal(-1)]),
    }),
  ),
  book: z.object({ time, bids: z.array(level), asks: z.array(level) }).optional(),
});

const history = z.object({
  type: z.literal("history"),
  id: z.int(),
  bars: z.array(
    z.object({
      time,
      open: z.number(),
      high: z.number(),
      low: z.number(),
      close: z.number(),
      volume: z.int().nonnegative(),
    }),
  ),
  /** The last trade that is in the bars; null where there was none. */
  through: time.nullable(),
});

/** A symbol that it does not give any more, and why. */
const ended = z.object({ type: z.literal("ended"), symbol: z.string(), reason: z.string() });

const message = z.discriminatedUnion("type", [tick, history, ended]);

export type FeedMessage = z.output<typeof message>;

/** What is not of these shapes is refused as a whole: a price that cannot be trusted is none. @throws SyntaxError or ZodError */
export function readMessage(text: string): FeedMessage {
  return message.parse(JSON.parse(text));
}
