import { defineRoute, type Trade, trades } from "@trading/topic";
import { z } from "zod";
import { TAPE_LENGTH } from "./symbol-feed.js";

/** The last trades of one symbol, then every one, for the other servers of a cluster. Clients cannot subscribe to it. */
export const tape = defineRoute({
  name: "tape",
  params: z.object({ symbol: z.string().min(1).max(64) }),
  update: trades.update as z.ZodType<Trade>,
  key: "id",
  keep: { count: TAPE_LENGTH },
  snapshot: "all",
  access: "public",
  summary: "The last trades of one symbol, then every one.",
});
