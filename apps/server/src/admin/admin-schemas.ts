import { z } from "zod";
import { wholeNumber } from "../http/query.js";

/* Schemas of the operators' endpoints. */

const MAX_ENTRIES = 10_000;
const MAX_BATCH = 1_000;

const text = (maxLength: number) => z.string().min(1).max(maxLength);
const limit = wholeNumber(1, MAX_ENTRIES).optional();
const count = z.int().nonnegative();

export const done = z.null().meta({ description: "Done" });
export const idParams = z.object({ id: text(64) });
export const symbolParams = z.object({ symbol: text(64) });
export const accountParams = z.object({ account: text(64) });
export const orderParams = accountParams.extend({ order: text(64) });

export const connectionsQuery = z.object({
  subject: text(1_024).optional().meta({ description: "Only connections of this user (the token's sub)" }),
  address: text(64).optional().meta({ description: "Only connections of this address" }),
  topic: text(16_384).optional().meta({ description: "Only subscribers of this topic" }),
  limit,
});

/** Fields of a list of all servers of a cluster. */
const server = z.string().optional().meta({ description: "The server, if there are several: its machine and port" });
const missing = z
  .array(z.string())
  .meta({ description: "Servers of the cluster that have not replied, whose entries are not included" });

export const connectionsReply = z.object({
  total: count.meta({ description: "Number of all matching connections" }),
  missing,
  connections: z.array(
    z.object({
      id: z.string(),
      protocol: z.enum(["base", "session"]),
      address: z.string(),
      subject: z.string().nullable(),
      livedMs: z.number(),
      topics: z.array(z.string()),
      waitingBytes: z.number(),
      laggingTopics: z.number(),
      server,
    }),
  ),
});

export const closeQuery = z.object({
  code: wholeNumber(1_000, 4_999)
    .optional()
    .meta({ description: "The close code; 1012 if omitted: the client connects again" }),
  reason: text(123).optional(),
});

export const topicsQuery = z.object({ route: text(64).optional(), limit });

export const topicsReply = z.object({
  total: count,
  missing,
  topics: z.array(
    z.object({
      topic: z.string(),
      route: z.string(),
      epoch: z.string(),
      role: z
        .enum(["owner", "follower"])
        .optional()
        .meta({ description: "Whether the server runs the source, or follows another one that does" }),
      state: z.enum(["starting", "live", "lingering"]),
      subscribers: count,
      offset: z.number().meta({ description: "Offset of the last update" }),
      floor: z.number(),
      kept: count,
      keptBytes: z.number(),
      server,
    }),
  ),
});

export const publishBody = z.object({
  updates: z
    .array(z.object({ route: text(64), params: z.unknown(), update: z.unknown() }), {
      error: `expected a list of at most ${MAX_BATCH} updates with route, params and update`,
    })
    .min(1)
    .max(MAX_BATCH),
});

export const publishReply = z.object({
  published: count,
  notRunning: z
    .array(z.string())
    .meta({ description: "Topics without a subscriber: they did not receive their updates" }),
});

const level = z.object({ price: z.number(), qty: z.number().nonnegative() });

export const tradesBody = z.object({
  trades: z
    .array(
      z.object({
        price: z.number().positive(),
        qty: z.number().nonnegative(),
        side: z.literal([1, -1]).optional().meta({ description: "1: the aggressor bought, -1: sold; 1 if omitted" }),
        time: z.int().nonnegative().optional().meta({ description: "Unix milliseconds; the present if omitted" }),
      }),
    )
    .max(MAX_BATCH)
    .meta({ description: "In order of execution" }),
  book: z
    .object({ bids: z.array(level).max(MAX_BATCH), asks: z.array(level).max(MAX_BATCH) })
    .optional()
    .meta({ description: "The order book after the trades, best prices first; unchanged if omitted" }),
});

export const revocation = z.union(
  [z.strictObject({ subject: text(1_024) }), z.strictObject({ tokenId: text(1_024) })],
  {
    error: "expected either subject or tokenId",
  },
);
export const revocationsReply = z.object({ revocations: z.array(revocation) });
export const closedReply = z.object({ closed: count.meta({ description: "Number of closed connections" }) });

export const ordersReply = z.object({
  orders: z.array(
    z.object({
      id: z.string(),
      symbol: z.string(),
      side: z.literal([1, -1]),
      qty: z.number(),
      filledQty: z.number(),
    }),
  ),
});
export const cancelledReply = z.object({ cancelled: count });

export const haltBody = z.object({
  reason: z.string().max(200).meta({ description: "Shown to the account's user; can be empty" }),
});

export const logLevel = z.object({ level: z.enum(["debug", "info", "warn", "error", "silent"]) });
