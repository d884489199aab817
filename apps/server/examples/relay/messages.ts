import { z } from "zod";

/*
 * Messages of this example's upstream feed, one JSON object per frame. Another feed needs changes in this file and in
 * the calls of `send` in relay-source.ts.
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
  /** Time of the last trade in the bars; null if there is none. */
  through: time.nullable(),
});

/** Reports that the feed has ended a symbol, and why. */
const ended = z.object({ type: z.literal("ended"), symbol: z.string(), reason: z.string() });

const message = z.discriminatedUnion("type", [tick, history, ended]);

export type FeedMessage = z.output<typeof message>;

/**
 * Parses a message. An invalid message is rejected as a whole, because no price is better than a wrong one. @throws
 * SyntaxError or ZodError
 */
export function readMessage(text: string): FeedMessage {
  return message.parse(JSON.parse(text));
}
