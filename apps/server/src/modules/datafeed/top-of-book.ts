import { defineRoute } from "@trading/topic";
import { z } from "zod";
import type { TopOfBook } from "../../market/market.js";

const move = z.object({ price: z.number(), qty: z.number(), isJump: z.boolean() });

const update = z.object({
  /** Number of the update: each is retained by itself, because the moves of the price belong to no other one. */
  sequence: z.number(),
  /** Unix milliseconds; null if the source does not know it. */
  time: z.number().nullable(),
  bid: z.number(),
  bidQty: z.number(),
  ask: z.number(),
  askQty: z.number(),
  last: z.number(),
  moves: z.array(move).optional(),
  isClosed: z.boolean().optional(),
});

/** An update of {@link topOfBook}. */
export type TopOfBookUpdate = z.output<typeof update>;

/** The best prices of one symbol, with every move of the price, for the server that runs the broker. Clients cannot subscribe to it. */
export const topOfBook = defineRoute({
  name: "top-of-book",
  params: z.object({ symbol: z.string().min(1).max(64) }),
  update,
  key: "sequence",
  // As many updates as the broker conflates at most.
  keep: { count: 64 },
  snapshot: "current",
  access: "public",
  summary: "The best prices of one symbol, and how the price moved to them.",
});

export function toUpdate({ symbol, time, moves, isOld, ...prices }: TopOfBook, sequence: number): TopOfBookUpdate {
  return {
    ...prices,
    sequence,
    time: Number.isFinite(time) ? time : null,
    ...(moves !== undefined && { moves: [...moves] }),
  };
}

/** @param hasMoves whether the moves are new: those of a state that is read later are not */
export function fromUpdate(symbol: string, update: TopOfBookUpdate, hasMoves: boolean): TopOfBook {
  const { sequence, time, moves, isClosed, ...prices } = update;
  return {
    ...prices,
    symbol,
    time: time ?? Number.NEGATIVE_INFINITY,
    ...(isClosed !== undefined && { isClosed }),
    ...(hasMoves && moves !== undefined && { moves }),
  };
}
