import {
  type AccountPosition,
  type AccountState,
  account,
  type Execution,
  executions,
  ORDER_TYPE,
  orders,
  type PlacedOrder,
  positions,
} from "@trading/topic";
import { z } from "zod";

/*
 * Schemas of the broker's endpoints. Rows have the schemas of the routes' updates.
 */

const SYMBOL = "expected a symbol, such as AAPL";
const symbol = z.string({ error: SYMBOL }).min(1, SYMBOL).max(64, SYMBOL);
const side = z.literal([1, -1], { error: "expected 1 to buy or -1 to sell" });
const TYPE = "expected 1 for limit, 2 for market, 3 for stop or 4 for stop-limit";
const type = z.literal(Object.values(ORDER_TYPE), { error: TYPE });
const price = z.number().optional();
const unsupported = z.never({ error: "not supported by this broker, omit it" }).optional();

export const accountQuery = z.object({
  accountId: z.string().min(1).max(64).meta({ description: "The account; it is opened when it is first used" }),
});

export const idParams = z.object({ id: z.string().min(1).max(64) });
export const symbolParams = z.object({ symbol });

export const closeQuery = accountQuery.extend({
  amount: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,8})?$/, "expected a number with at most 8 decimals")
    .transform(Number)
    .optional()
    .meta({ type: "number", exclusiveMinimum: 0, description: "The quantity to close; all of it if omitted" }),
});

export const keyHeaders = z.looseObject({
  "idempotency-key": z.string().min(1).max(128).optional().meta({
    description:
      "Repeated requests with the same key, for example after a lost reply, are executed once. A key is kept until ten minutes after its order finished",
  }),
});

export const bracketsBody = z.object({
  takeProfit: price,
  stopLoss: price,
  guaranteedStop: unsupported,
  trailingStopPips: unsupported,
});

export const orderBody = bracketsBody.extend({
  symbol,
  type,
  side,
  qty: z.number(),
  limitPrice: price.meta({ description: "For types 1 and 4" }),
  stopPrice: price.meta({ description: "For types 3 and 4" }),
});

export const leverageQuery = accountQuery.extend({
  symbol,
  orderType: z.enum(["1", "2", "3", "4"], { error: TYPE }),
  side: z.enum(["1", "-1"], { error: "expected 1 to buy or -1 to sell" }),
});

export const leverageBody = z.object({ symbol, orderType: type, side, leverage: z.number() });

export const accountReply = account.update as z.ZodType<AccountState>;
export const ordersReply = z.array(orders.update as z.ZodType<PlacedOrder>);
export const positionsReply = z.array(positions.update as z.ZodType<AccountPosition>);
export const executionsReply = z.array(executions.update as z.ZodType<Execution>);
export const placedReply = z.object({ orderId: z.string() });
export const doneReply = z.null().meta({ description: "Done" });

export const previewReply = z.object({
  sections: z.array(
    z.object({
      header: z.string(),
      rows: z.array(z.object({ title: z.string(), value: z.string() })),
    }),
  ),
  warnings: z.array(z.string()).optional(),
  errors: z.array(z.string()).optional().meta({ description: "Reasons for which it would be rejected" }),
});

export const leverageReply = z.object({
  title: z.string(),
  leverage: z.number(),
  min: z.number(),
  max: z.number(),
  step: z.number(),
});

export const leverageSetReply = z.object({ leverage: z.number() });

export const leveragePreviewReply = z.object({
  infos: z.array(z.string()),
  errors: z.array(z.string()).optional().meta({ description: "Reasons for which it would be rejected" }),
});
