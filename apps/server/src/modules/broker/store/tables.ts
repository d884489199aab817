import type { AccountRow, ExecutionRow, NotificationRow, OrderRow, PositionRow } from "../engine/rows.js";

/** How a member of a row is written in its column. */
interface Kind {
  encode(value: never): unknown;
  decode(value: unknown): unknown;
}

/*
 * Neither database has integers as long as amounts may be, and one of them takes no zero byte in a text and the other no
 * lone surrogate: amounts are kept in decimal digits, and texts with what is special in them escaped as in JSON.
 */
const text = {
  encode: (value: string) => JSON.stringify(value).slice(1, -1),
  decode: (value: unknown): string => JSON.parse(`"${value}"`),
};
const amount = { encode: (value: bigint) => `${value}`, decode: (value: unknown) => BigInt(value as string) };
const integer = { encode: (value: number) => value, decode: Number };
const flag = { encode: Number as (value: boolean) => number, decode: (value: unknown) => Number(value) === 1 };
const choice = { encode: (value: string) => value, decode: (value: unknown) => value };

function nullable({ encode, decode }: Kind): Kind {
  return {
    encode: (value) => (value === null ? null : encode(value)),
    decode: (value) => (value === null ? null : decode(value)),
  };
}

/** A table of the database. */
export interface Columns {
  readonly name: string;
  readonly columns: readonly string[];
  /** Whether a row may be written again. */
  readonly isReplaced: boolean;
}

/** A table, and how the rows in it are written. */
export interface Table<Row> extends Columns {
  /** Rows as JSON of columns, to be written by one statement. */
  encode(rows: readonly Row[]): string;
  decode(columns: unknown): Row;
}

function table<Row extends object>(
  name: string,
  isReplaced: boolean,
  kinds: { readonly [Member in keyof Row]: Kind },
): Table<Row> {
  const members = Object.entries<Kind>(kinds).map(([member, kind]) => ({ member, column: columnOf(member), kind }));
  return {
    name,
    isReplaced,
    columns: members.map(({ column }) => column),
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

/** `accountId` is in the column `account_id`. */
function columnOf(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A text as a column of a table has it. */
export const columnText = text.encode;

export const accounts = table<AccountRow>("accounts", true, {
  id: text,
  name: text,
  currency: text,
  leverage: integer,
  deposits: amount,
  realized: amount,
  openedAt: integer,
});

export const orders = table<OrderRow>("orders", true, {
  id: text,
  accountId: text,
  symbol: text,
  type: integer,
  side: integer,
  role: choice,
  parentId: nullable(text),
  idempotencyKey: nullable(text),
  qty: amount,
  filledQty: amount,
  filledValue: amount,
  limitPrice: nullable(amount),
  stopPrice: nullable(amount),
  takeProfit: nullable(amount),
  stopLoss: nullable(amount),
  isBracketed: flag,
  isTriggered: flag,
  status: integer,
  priority: integer,
  placedAt: integer,
  updatedAt: integer,
  finishedAt: nullable(integer),
});

export const positions = table<PositionRow>("positions", true, {
  id: text,
  accountId: text,
  symbol: text,
  side: integer,
  qty: amount,
  cost: amount,
  updatedAt: integer,
});

export const executions = table<ExecutionRow>("executions", false, {
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

export const notifications = table<NotificationRow>("notifications", false, {
  id: text,
  accountId: text,
  orderId: nullable(text),
  severity: choice,
  title: text,
  message: text,
  time: integer,
  sequence: integer,
});
