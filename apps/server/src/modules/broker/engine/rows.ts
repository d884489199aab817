import type { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";

/*
 * What the engine keeps, and all that it needs to go on after a restart. A row is found by its account and its id
 * together. Amounts (prices, quantities, money) are integers in units of 1e-8; times are Unix milliseconds.
 */

/** In units of 1e-8. */
export type Amount = bigint;

/** 1 buy or long, -1 sell or short. */
export type Side = 1 | -1;

/** Of `ORDER_TYPE`. */
export type OrderType = (typeof ORDER_TYPE)[keyof typeof ORDER_TYPE];

/** Of `ORDER_STATUS`: working, or how it has ended. */
export type OrderStatus = (typeof ORDER_STATUS)["working" | "filled" | "cancelled" | "rejected"];

/**
 * What an order is for: to open or add to a position, which may also reduce or turn one (`entry`); to reduce the
 * position (`close`); or to end it at a profit or a loss (`takeProfit`, `stopLoss`). All but entries only ever reduce.
 */
export type OrderRole = "entry" | "close" | "takeProfit" | "stopLoss";

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  /** `USD` */
  readonly currency: string;
  /** A whole number, 1 or more. */
  readonly leverage: number;
  /** What was paid in. The balance is this and `realized`. */
  readonly deposits: Amount;
  /** The sum of all that its executions have realised; negative after losses. */
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
  /** The order whose bracket it is; null where it is none, or was put on the position by hand. */
  readonly parentId: string | null;
  /** What the client called it, so that asking twice places once. Unique among the account's orders that are loaded. */
  readonly idempotencyKey: string | null;
  readonly qty: Amount;
  readonly filledQty: Amount;
  /** The sum of price times quantity of its fills; by `filledQty`, their average price. */
  readonly filledValue: Amount;
  readonly limitPrice: Amount | null;
  readonly stopPrice: Amount | null;
  /** The brackets it puts on the position that it opens or adds to. */
  readonly takeProfit: Amount | null;
  readonly stopLoss: Amount | null;
  /** Whether its brackets are put on the position already. */
  readonly isBracketed: boolean;
  /** Whether its stop price was crossed: it then is a market or limit order. */
  readonly isTriggered: boolean;
  readonly status: OrderStatus;
  /** Of two orders at the same price, the lower one is filled first. */
  readonly priority: number;
  readonly placedAt: number;
  readonly updatedAt: number;
  /** When it was filled, cancelled or rejected; null while it works. */
  readonly finishedAt: number | null;
}

/** An account has at most one position in a symbol. */
export interface PositionRow {
  /** Its symbol. */
  readonly id: string;
  readonly accountId: string;
  readonly symbol: string;
  /** Of the last position, where it is flat. */
  readonly side: Side;
  /** 0 where it is flat. */
  readonly qty: Amount;
  /** What was paid (long) or had (short) for `qty`; by `qty`, the average price. */
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
  /** The profit it made of the part of the position that it closed; 0 where it closed none. */
  readonly realized: Amount;
  readonly time: number;
  /** Grows from one execution to the next, across accounts. */
  readonly sequence: number;
}

/** Something a person should read. */
export interface NotificationRow {
  readonly id: string;
  readonly accountId: string;
  readonly orderId: string | null;
  readonly severity: "info" | "success" | "warning" | "error";
  readonly title: string;
  readonly message: string;
  readonly time: number;
  /** Grows from one notification to the next, across accounts. */
  readonly sequence: number;
}

/** What an account is worth at the last prices. Told, but not kept: it follows from rows and prices. */
export interface Valuation {
  readonly accountId: string;
  /** Deposits and all that was realised. */
  readonly balance: Amount;
  readonly realized: Amount;
  readonly unrealized: Amount;
  /** Balance and unrealised profit. */
  readonly equity: Amount;
  /** The cost of all positions by the leverage. */
  readonly marginUsed: Amount;
  /** Equity without `marginUsed`; negative where losses have used it up. */
  readonly marginAvailable: Amount;
}

/** What has changed: each row once, as it stands now. Rows are kept in one transaction or not at all. */
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
  /** To replace what was kept of it: ids and sequences are made from it. */
  readonly nextSequence: number;
  /** Of accounts whose worth has changed; not kept. */
  readonly valuations: readonly Valuation[];
}

/** All that the engine is loaded from. */
export interface Snapshot {
  readonly accounts: readonly AccountRow[];
  /**
   * All that work, and those finished within the engine's `finishedForMs`: their idempotency keys hold as long, and
   * they are listed. Older ones do no harm.
   */
  readonly orders: readonly OrderRow[];
  /** All that are not flat. Flat ones do no harm. */
  readonly positions: readonly PositionRow[];
  /** 1 where nothing was kept yet. */
  readonly nextSequence: number;
}

/** What the engine starts from where nothing was kept yet. */
export const EMPTY_SNAPSHOT: Snapshot = { accounts: [], orders: [], positions: [], nextSequence: 1 };
