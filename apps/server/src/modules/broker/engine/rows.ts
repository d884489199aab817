import type { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";

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
  readonly qty: Amount;
  readonly filledQty: Amount;
  /** Sum of price times quantity over all fills; divided by `filledQty`, the average price. */
  readonly filledValue: Amount;
  readonly limitPrice: Amount | null;
  readonly stopPrice: Amount | null;
  /** Take profit to set on the position that the order opens or increases. */
  readonly takeProfit: Amount | null;
  readonly stopLoss: Amount | null;
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
  /** The next number for ids and sequences; replaces the stored one. */
  readonly nextSequence: number;
  /** Valuations that have changed; not stored. */
  readonly valuations: readonly Valuation[];
}

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
  /** 1 in an empty store. */
  readonly nextSequence: number;
}

/** The snapshot of an empty store. */
export const EMPTY_SNAPSHOT: Snapshot = { accounts: [], orders: [], positions: [], nextSequence: 1 };
