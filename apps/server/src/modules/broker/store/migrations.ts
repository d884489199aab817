import { StoreError } from "./store.js";

/*
 * The migrations of the database, applied once each in this order. Never change one after its release; add another.
 * They use SQL that SQLite and PostgreSQL both accept; tables.ts defines the columns' contents.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table state (
    last_commit text not null,
    next_sequence bigint not null
  );
  insert into state values ('', 1);

  create table accounts (
    id text not null primary key,
    name text not null,
    currency text not null,
    leverage bigint not null,
    deposits text not null,
    realized text not null,
    opened_at bigint not null
  );

  create table orders (
    id text not null,
    account_id text not null,
    symbol text not null,
    type bigint not null,
    side bigint not null,
    role text not null,
    parent_id text,
    idempotency_key text,
    qty text not null,
    filled_qty text not null,
    filled_value text not null,
    limit_price text,
    stop_price text,
    take_profit text,
    stop_loss text,
    is_bracketed bigint not null,
    is_triggered bigint not null,
    status bigint not null,
    priority bigint not null,
    placed_at bigint not null,
    updated_at bigint not null,
    finished_at bigint,
    primary key (account_id, id)
  );
  create index orders_by_end on orders (finished_at);
  create index orders_of_account_by_end on orders (account_id, finished_at);

  create table positions (
    id text not null,
    account_id text not null,
    symbol text not null,
    side bigint not null,
    qty text not null,
    cost text not null,
    updated_at bigint not null,
    primary key (account_id, id)
  );

  create table executions (
    id text not null,
    account_id text not null,
    order_id text not null,
    symbol text not null,
    side bigint not null,
    price text not null,
    qty text not null,
    realized text not null,
    time bigint not null,
    sequence bigint not null unique,
    primary key (account_id, id)
  );
  create index executions_of_account on executions (account_id, sequence);
  create index executions_of_symbol on executions (account_id, symbol, sequence);

  create table notifications (
    id text not null,
    account_id text not null,
    order_id text,
    severity text not null,
    title text not null,
    message text not null,
    time bigint not null,
    sequence bigint not null unique,
    primary key (account_id, id)
  );
  create index notifications_of_account on notifications (account_id, sequence);
  `,
  // What an idempotency key was used for, and how long an order works.
  `
  alter table orders add column request_hash text;
  alter table orders add column time_in_force text not null default 'GTC';
  alter table orders add column expires_at bigint;
  alter table accounts add column used_keys text not null default '[]';
  `,
  // Accounts with open positions are loaded at start, without reading those of the past.
  "create index positions_open on positions (account_id) where qty <> '0'",
  // The last known prices, which value positions after a restart.
  "create table prices (symbol text not null primary key, last text not null, time bigint not null)",
  // Accounts that an operator has halted.
  "alter table accounts add column halted_for text",
];

/**
 * Returns the migrations that a database still needs.
 *
 * @throws StoreError `store_newer`
 */
export function migrationsSince(version: number): readonly string[] {
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      "store_newer",
      `The broker's database has version ${version}, but this server only supports ${MIGRATIONS.length}. Run a newer server, or use another database.`,
    );
  }
  return MIGRATIONS.slice(version);
}
