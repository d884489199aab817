import type { ORDER_STATUS, ORDER_TYPE, TIMES_IN_FORCE } from "@trading/topic";

/*
 * The engine's rows: all that it needs to continue after a restart. A row is identified by its account and its id.
 * Amounts (prices, quantities, money) are integers in units of 1e-8; times are Unix milliseconds.
 */

/** An integer in units of 1e-8. */
export type Amount = bigint;

/** 1 buy or long, -1 sell or short. */
export type Side = 1 | -1;

/** A value of `ORDER_TYPE`. */
export type OrderType = (typeof ORDER_TYPE)[keyof typeof ORDER_TYPE];

/** A value of `ORDER_STATUS`: working, or how the order finished. */
export type OrderStatus = (typeof ORDER_STATUS)["working" | "filled" | "cancelled" | "rejected"];

/**
 * The purpose of an order: to open or increase a position, possibly reducing or reversing one (`entry`); to reduce the
 * position (`close`); or to close it with a profit or a loss (`takeProfit`, `stopLoss`). All but entries can only
 * reduce a position.
 */
export type OrderRole = "entry" | "close" | "takeProfit" | "stopLoss";

/**
 * Time for which an order works: until it is cancelled (`GTC`), until the end of the trading day (`DAY`) or a date (`GTD`); or
 * only now, as far as it can be filled (`IOC`) or if all of it can be filled (`FOK`).
 */
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  /** `USD` */
  readonly currency: string;
  /** A whole number, 1 or more. */
  readonly leverage: number;
  /** Sum of deposits. The balance is `deposits` plus `realized`. */
  readonly deposits: Amount;
  /** Realized profit of all executions; negative after losses. */
  readonly realized: Amount;
  readonly openedAt: number;
  /** Idempotency keys of requests that placed no order, the oldest first. At most 100 of them are kept. */
  readonly usedKeys: readonly UsedKey[];
  /** The operator's reason for which no orders are accepted; null if they are. */
  readonly haltedFor: string | null;
}

/** An idempotency key and what it was used for. */
export interface UsedKey {
  readonly key: string;
  readonly requestHash: string;
  readonly usedAt: number;
}

export interface OrderRow {
  readonly id: string;
  readonly accountId: string;
  readonly symbol: string;
  readonly type: OrderType;
  readonly side: Side;
  readonly role: OrderRole;
  /**
   * The order that this bracket belongs to; null for other orders, and for brackets that were set on the position
   * itself.
   */
  readonly parentId: string | null;
  /** The client's key that makes repeated requests place one order. Unique among the account's loaded orders. */
  readonly idempotencyKey: string | null;
  /** Hash of the request that the key was used for; null without a key, and for orders of older versions. */
  readonly requestHash: string | null;
  readonly qty: Amount;
  readonly filledQty: Amount;
  /** Sum of price times quantity over all fills; divided by `filledQty`, the average price. */
  readonly filledValue: Amount;
  readonly limitPrice: Amount | null;
  readonly stopPrice: Amount | null;
  /** Take profit to set on the position that the order opens or increases. */
  readonly takeProfit: Amount | null;
  readonly stopLoss: Amount | null;
  readonly timeInForce: TimeInForce;
  /** When it is cancelled unless it has finished; null if it works until then. */
  readonly expiresAt: number | null;
  /** Whether its brackets are already set on the position. */
  readonly isBracketed: boolean;
  /** Whether the stop price was reached: the order is then a market or limit order. */
  readonly isTriggered: boolean;
  readonly status: OrderStatus;
  /** Orders at the same price are filled in ascending order of priority. */
  readonly priority: number;
  readonly placedAt: number;
  readonly updatedAt: number;
  /** When the order was filled, cancelled or rejected; null while it is working. */
  readonly finishedAt: number | null;
}

/** An account has at most one position in a symbol. */
export interface PositionRow {
  /** The same as its symbol. */
  readonly id: string;
  readonly accountId: string;
  readonly symbol: string;
  /** Side of the last position if it is flat. */
  readonly side: Side;
  /** 0 if the position is flat. */
  readonly qty: Amount;
  /** Amount paid (long) or received (short) for `qty`; divided by `qty`, the average price. */
  readonly cost: Amount;
  readonly updatedAt: number;
}

/** One fill. */
export interface ExecutionRow {
  readonly id: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly price: Amount;
  readonly qty: Amount;
  /** Profit of the part of the position that it closed; 0 if it closed none. */
  readonly realized: Amount;
  readonly time: number;
  /** Ascending over all accounts. Unique per execution. */
  readonly sequence: number;
}

/** A message to the account's user. */
export interface NotificationRow {
  readonly id: string;
  readonly accountId: string;
  readonly orderId: string | null;
  readonly severity: "info" | "success" | "warning" | "error";
  readonly title: string;
  readonly message: string;
  readonly time: number;
  /** Ascending over all accounts. Unique per notification. */
  readonly sequence: number;
}

/** The last known price of a symbol. */
export interface PriceRow {
  readonly symbol: string;
  /** The price of the last trade. */
  readonly last: Amount;
  /** Time of the market's update. */
  readonly time: number;
}

/**
 * The valuation of an account at the last prices. It is published but not stored, because it follows from rows and
 * prices.
 */
export interface Valuation {
  readonly accountId: string;
  /** Deposits plus realized profit. */
  readonly balance: Amount;
  readonly realized: Amount;
  readonly unrealized: Amount;
  /** Balance plus unrealized profit. */
  readonly equity: Amount;
  /** Cost of all positions divided by the leverage. */
  readonly marginUsed: Amount;
  /** Equity minus `marginUsed`; negative after large losses. */
  readonly marginAvailable: Amount;
}

/** Changed rows, each once in its current state. They are stored in one transaction or not at all. */
export interface Changes {
  /** To insert or replace. */
  readonly accounts: readonly AccountRow[];
  /** To insert or replace. */
  readonly orders: readonly OrderRow[];
  /** To insert or replace. */
  readonly positions: readonly PositionRow[];
  /** To add, in their order. */
  readonly executions: readonly ExecutionRow[];
  /** To add, in their order. */
  readonly notifications: readonly NotificationRow[];
  /** To insert or replace. They need not be stored immediately. */
  readonly prices: readonly PriceRow[];
  /** The next number for ids and sequences; replaces the stored one. */
  readonly nextSequence: number;
  /** Valuations that have changed; not stored. */
  readonly valuations: readonly Valuation[];
}

/** The rows of some accounts. */
export type AccountRows = Pick<Snapshot, "accounts" | "orders" | "positions">;

/** The state that the engine is loaded from. */
export interface Snapshot {
  readonly accounts: readonly AccountRow[];
  /**
   * All working orders, and those that finished within the engine's `finishedForMs`, because they are listed and their
   * idempotency keys are valid. Older ones are allowed.
   */
  readonly orders: readonly OrderRow[];
  /** All open positions. Flat ones are allowed. */
  readonly positions: readonly PositionRow[];
  /**
   * The last known prices. They value positions until the market reports a price, and trigger and fill nothing.
   *
   * @default none
   */
  readonly prices?: readonly PriceRow[];
  /** 1 in an empty store. */
  readonly nextSequence: number;
  /**
   * Whether accounts are left out that have neither working orders nor open positions. `Engine.addAccounts` must add the
   * rows of such an account before the first command for it.
   *
   * @default false
   */
  readonly isPartial?: boolean;
}

/** The snapshot of an empty store. */
export const EMPTY_SNAPSHOT: Snapshot = { accounts: [], orders: [], positions: [], prices: [], nextSequence: 1 };
