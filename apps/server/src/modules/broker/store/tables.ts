import type { AccountRow, ExecutionRow, NotificationRow, OrderRow, PositionRow, PriceRow } from "../engine/rows.js";

/** Conversion between a row's member and its column. */
interface Kind {
  encode(value: never): unknown;
  decode(value: unknown): unknown;
}

/*
 * PostgreSQL's and SQLite's integers are too short for amounts, so these are stored as decimal digits. One database
 * rejects zero bytes in strings, the other lone surrogates, so strings are stored with JSON escapes.
 */
const text = {
  encode: (value: string) => JSON.stringify(value).slice(1, -1),
  decode: (value: unknown): string => JSON.parse(`"${value}"`),
};
const amount = { encode: (value: bigint) => `${value}`, decode: (value: unknown) => BigInt(value as string) };
const integer = { encode: (value: number) => value, decode: Number };
const flag = { encode: Number as (value: boolean) => number, decode: (value: unknown) => Number(value) === 1 };
const json = {
  encode: (value: unknown) => text.encode(JSON.stringify(value)),
  decode: (value: unknown) => JSON.parse(text.decode(value)),
};
const choice = { encode: (value: string) => value, decode: (value: unknown) => value };

function nullable({ encode, decode }: Kind): Kind {
  return {
    encode: (value) => (value === null ? null : encode(value)),
    decode: (value) => (value === null ? null : decode(value)),
  };
}

/** The name and columns of a table. */
export interface Columns {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns of the primary key. */
  readonly key: readonly string[];
  /** Whether rows can be updated. */
  readonly isReplaced: boolean;
}

/** A table and the conversion of its rows. */
export interface Table<Row> extends Columns {
  /** Encodes rows as a JSON array of columns, which one statement inserts. */
  encode(rows: readonly Row[]): string;
  decode(columns: unknown): Row;
}

function table<Row extends object>(
  name: string,
  key: readonly string[],
  isReplaced: boolean,
  kinds: { readonly [Member in keyof Row]: Kind },
): Table<Row> {
  const members = Object.entries<Kind>(kinds).map(([member, kind]) => ({ member, column: columnOf(member), kind }));
  return {
    name,
    isReplaced,
    columns: members.map(({ column }) => column),
    key,
    encode: (rows) =>
      JSON.stringify(
        rows.map((row) =>
          Object.fromEntries(
            members.map(({ member, column, kind }) => [column, kind.encode(row[member as keyof Row] as never)]),
          ),
        ),
      ),
    decode: (columns) =>
      Object.fromEntries(
        members.map(({ member, column, kind }) => [member, kind.decode((columns as Record<string, unknown>)[column])]),
      ) as Row,
  };
}

/** Returns the column of a member: `account_id` for `accountId`. */
function columnOf(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Encodes a string as it is stored in a column. */
export const columnText = text.encode;

/** The key of the rows of accounts. */
const ROW = ["account_id", "id"];

export const accounts = table<AccountRow>("accounts", ["id"], true, {
  id: text,
  name: text,
  currency: text,
  leverage: integer,
  deposits: amount,
  realized: amount,
  openedAt: integer,
  usedKeys: json,
  haltedFor: nullable(text),
});

export const orders = table<OrderRow>("orders", ROW, true, {
  id: text,
  accountId: text,
  symbol: text,
  type: integer,
  side: integer,
  role: choice,
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
  timeInForce: choice,
  expiresAt: nullable(integer),
  isBracketed: flag,
  isTriggered: flag,
  status: integer,
  priority: integer,
  placedAt: integer,
  updatedAt: integer,
  finishedAt: nullable(integer),
});

export const positions = table<PositionRow>("positions", ROW, true, {
  id: text,
  accountId: text,
  symbol: text,
  side: integer,
  qty: amount,
  cost: amount,
  updatedAt: integer,
});

export const executions = table<ExecutionRow>("executions", ROW, false, {
  id: text,
  accountId: text,
  orderId: text,
  symbol: text,
  side: integer,
  price: amount,
  qty: amount,
  realized: amount,
  time: integer,
  sequence: integer,
});

export const notifications = table<NotificationRow>("notifications", ROW, false, {
  id: text,
  accountId: text,
  orderId: nullable(text),
  severity: choice,
  title: text,
  message: text,
  time: integer,
  sequence: integer,
});

export const prices = table<PriceRow>("prices", ["symbol"], true, {
  symbol: text,
  last: amount,
  time: integer,
});
