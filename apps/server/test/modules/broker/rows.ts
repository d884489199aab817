import fc from "fast-check";
import type {
  AccountRow,
  Changes,
  ExecutionRow,
  NotificationRow,
  OrderRow,
  PositionRow,
  PriceRow,
} from "../../../src/modules/broker/engine/rows.js";

/** Returns changes with the given members; the others are empty. */
export function changes(given: Partial<Changes> = {}): Changes {
  return {
    accounts: [],
    orders: [],
    positions: [],
    executions: [],
    notifications: [],
    prices: [],
    nextSequence: 1,
    valuations: [],
    ...given,
  };
}

export function account(given: Partial<AccountRow> = {}): AccountRow {
  return {
    id: "A-1",
    name: "Account A-1",
    currency: "USD",
    leverage: 5,
    deposits: 10_000_000_000_000n,
    realized: 0n,
    openedAt: 1_700_000_000_000,
    usedKeys: [],
    haltedFor: null,
    ...given,
  };
}

export function order(given: Partial<OrderRow> = {}): OrderRow {
  return {
    id: "1",
    accountId: "A-1",
    symbol: "AAPL",
    type: 1,
    side: 1,
    role: "entry",
    parentId: null,
    idempotencyKey: null,
    requestHash: null,
    qty: 1_000_000_000n,
    filledQty: 0n,
    filledValue: 0n,
    limitPrice: 15_000_000_000n,
    stopPrice: null,
    takeProfit: null,
    stopLoss: null,
    timeInForce: "GTC",
    expiresAt: null,
    isBracketed: false,
    isTriggered: false,
    status: 6,
    priority: 1,
    placedAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    finishedAt: null,
    ...given,
  };
}

export function position(given: Partial<PositionRow> = {}): PositionRow {
  return {
    id: "AAPL",
    accountId: "A-1",
    symbol: "AAPL",
    side: 1,
    qty: 1_000_000_000n,
    cost: 150_000_000_000n,
    updatedAt: 1_700_000_000_000,
    ...given,
  };
}

export function execution(sequence: number, given: Partial<ExecutionRow> = {}): ExecutionRow {
  return {
    id: `E-${sequence}`,
    accountId: "A-1",
    orderId: "1",
    symbol: "AAPL",
    side: 1,
    price: 15_000_000_000n,
    qty: 1_000_000_000n,
    realized: 0n,
    time: 1_700_000_000_000 + sequence,
    sequence,
    ...given,
  };
}

export function notification(sequence: number, given: Partial<NotificationRow> = {}): NotificationRow {
  return {
    id: `N-${sequence}`,
    accountId: "A-1",
    orderId: "1",
    severity: "success",
    title: "Filled",
    message: "Bought 10 AAPL at 150",
    time: 1_700_000_000_000 + sequence,
    sequence,
    ...given,
  };
}

/** Texts that databases often handle incorrectly. */
export const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  "null",
  "0",
  "\u0000",
  "a\u0000b",
  "a\u0000c",
  "\ud800",
  "\udfff",
  "\ufffd",
  "\\u0000",
  "\\",
  '"',
  "'; drop table orders; --",
  "$1 ?1 :a",
  "%",
  "é",
  "e\u0301",
  "\u{1f600}",
  "\u2028\r\n\t",
  "__proto__",
  "x".repeat(20_000),
];

const text = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: "binary" }), fc.string());
const amount = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const integer = fc.maxSafeNat();
const nullable = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null });
const side = fc.constantFrom(1 as const, -1 as const);

const usedKeys = fc.array(fc.record({ key: text, requestHash: text, usedAt: integer }, { noNullPrototype: true }), {
  maxLength: 3,
});

export const anyAccount: fc.Arbitrary<AccountRow> = fc.record(
  {
    id: text,
    name: text,
    currency: text,
    leverage: integer,
    deposits: amount,
    realized: amount,
    openedAt: integer,
    usedKeys,
    haltedFor: nullable(text),
  },
  { noNullPrototype: true },
);

export const anyOrder: fc.Arbitrary<OrderRow> = fc.record(
  {
    id: text,
    accountId: text,
    symbol: text,
    type: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
    side,
    role: fc.constantFrom("entry" as const, "close" as const, "takeProfit" as const, "stopLoss" as const),
    parentId: nullable(text),
    idempotencyKey: nullable(text),
    requestHash: nullable(text),
    qty: amount,
    filledQty: amount,
    filledValue: amount,
    limitPrice: nullable(amount),
    stopPrice: nullable(amount),
    takeProfit: nullable(amount),
    stopLoss: nullable(amount),
    timeInForce: fc.constantFrom("GTC" as const, "DAY" as const, "GTD" as const, "IOC" as const, "FOK" as const),
    expiresAt: nullable(integer),
    isBracketed: fc.boolean(),
    isTriggered: fc.boolean(),
    status: fc.constantFrom(1 as const, 2 as const, 5 as const, 6 as const),
    priority: integer,
    placedAt: integer,
    updatedAt: integer,
    finishedAt: nullable(integer),
  },
  { noNullPrototype: true },
);

export const anyPosition: fc.Arbitrary<PositionRow> = fc.record(
  {
    id: text,
    accountId: text,
    symbol: text,
    side,
    qty: amount.filter((qty) => qty !== 0n),
    cost: amount,
    updatedAt: integer,
  },
  { noNullPrototype: true },
);

export const anyPrice: fc.Arbitrary<PriceRow> = fc.record(
  { symbol: text, last: amount, time: integer },
  { noNullPrototype: true },
);

export const anyExecution: fc.Arbitrary<ExecutionRow> = fc.record(
  {
    id: text,
    accountId: text,
    orderId: text,
    symbol: text,
    side,
    price: amount,
    qty: amount,
    realized: amount,
    time: integer,
    sequence: integer,
  },
  { noNullPrototype: true },
);

export const anyNotification: fc.Arbitrary<NotificationRow> = fc.record(
  {
    id: text,
    accountId: text,
    orderId: nullable(text),
    severity: fc.constantFrom("info" as const, "success" as const, "warning" as const, "error" as const),
    title: text,
    message: text,
    time: integer,
    sequence: integer,
  },
  { noNullPrototype: true },
);
