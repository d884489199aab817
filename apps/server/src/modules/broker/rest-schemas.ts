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
  TIMES_IN_FORCE,
} from "@trading/topic";
import { z } from "zod";
import { named } from "../../http/named-schema.js";

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

/** Maximum number of orders per page; without a limit all listed ones are returned. */
const MAX_PAGE = 1_000;

export const ordersQuery = accountQuery.extend({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `expected a whole number from 1 to ${MAX_PAGE}`)
    .transform(Number)
    .refine((limit) => limit <= MAX_PAGE, `expected a whole number from 1 to ${MAX_PAGE}`)
    .optional()
    .meta({
      type: "integer",
      minimum: 1,
      maximum: MAX_PAGE,
      description: "Maximum number of orders, the ones that were placed last; all if omitted",
    }),
  before: z.string().min(1).max(64).optional().meta({
    description:
      "The id of an order: only orders that were placed before it are returned. The first order of a page gives the next page. 404 `unknown_order` if it is no longer listed",
  }),
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
      "Repeated requests with the same key, for example after a lost reply, are executed once; one that arrives meanwhile waits for the first. A key that was used for another request is refused with 422 `key_reused`. A key is kept until ten minutes after its order finished, at most for the last 1,000 finished orders of an account; of requests that place no order, for ten minutes and at most the last 100 of an account",
  }),
});

const brackets = z.object({
  takeProfit: price,
  stopLoss: price,
  guaranteedStop: unsupported,
  trailingStopPips: unsupported,
});

export const orderBody = named(
  "OrderRequest",
  brackets.extend({
    symbol,
    type,
    side,
    qty: z.number(),
    duration: z
      .object({
        type: z.literal(TIMES_IN_FORCE, { error: `expected one of ${TIMES_IN_FORCE.join(", ")}` }).meta({
          description:
            "GTC until cancelled, DAY until the end of the trading day, GTD until `datetime`, IOC what can be filled now, FOK all of it now or nothing",
        }),
        datetime: z.number().optional().meta({ description: "For GTD: when it expires, Unix milliseconds" }),
      })
      .optional()
      .meta({ description: "How long the order works. Until it is cancelled if omitted" }),
    limitPrice: price.meta({ description: "For types 1 and 4" }),
    stopPrice: price.meta({ description: "For types 3 and 4" }),
  }),
);

export const bracketsBody = named("BracketsRequest", brackets);

export const leverageQuery = accountQuery.extend({
  symbol,
  orderType: z.enum(["1", "2", "3", "4"], { error: TYPE }),
  side: z.enum(["1", "-1"], { error: "expected 1 to buy or -1 to sell" }),
});

export const leverageBody = named("LeverageRequest", z.object({ symbol, orderType: type, side, leverage: z.number() }));

export const accountReply = named("Account", account.update as z.ZodType<AccountState>);
export const ordersReply = z.array(named("Order", orders.update as z.ZodType<PlacedOrder>));
export const positionsReply = z.array(named("Position", positions.update as z.ZodType<AccountPosition>));
export const executionsReply = z.array(named("Execution", executions.update as z.ZodType<Execution>));
export const placedReply = named("OrderPlaced", z.object({ orderId: z.string() }));
export const doneReply = z.null().meta({ description: "Done" });

export const previewReply = named(
  "OrderPreview",
  z.object({
    sections: z.array(
      z.object({
        header: z.string(),
        rows: z.array(z.object({ title: z.string(), value: z.string() })),
      }),
    ),
    warnings: z.array(z.string()).optional(),
    errors: z.array(z.string()).optional().meta({ description: "Reasons for which it would be rejected" }),
  }),
);

export const leverageReply = named(
  "Leverage",
  z.object({
    title: z.string(),
    leverage: z.number(),
    min: z.number(),
    max: z.number(),
    step: z.number(),
  }),
);

export const leverageSetReply = named("LeverageSet", z.object({ leverage: z.number() }));

export const leveragePreviewReply = named(
  "LeveragePreview",
  z.object({
    infos: z.array(z.string()),
    errors: z.array(z.string()).optional().meta({ description: "Reasons for which it would be rejected" }),
  }),
);
