import { migrationsSince } from "../migrations.js";

/** Runs one statement with the parameters `$1`, `$2` and so on. @returns its rows */
export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<unknown[]>;

/** The tables of a store as they are, without the conversion of their rows: what backup and restore need. */
export interface RawDatabase {
  /** Runs a function in a transaction: its changes are durable when the promise resolves, none is made if it rejects. */
  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result>;
  /** Runs a function that only reads. It sees the state of one moment, and does not delay commits of other connections. */
  snapshot<Result>(run: (query: Query) => Promise<Result>): Promise<Result>;
  /** Runs statements without parameters in the current transaction. */
  script(query: Query, sql: string): Promise<void>;
  /** Returns the number of applied migrations without changing anything; 0 if there is no store yet. */
  appliedVersion(query: Query): Promise<number>;
  /**
   * Tries to lock the store against servers, until this database is closed.
   *
   * @returns undefined, or the name of the server that runs the broker of this store
   */
  lock(): Promise<string | undefined>;
  /** Creates what the tables need, such as a schema, and locks the database against other migrations. */
  prepare(query: Query): Promise<void>;
  setVersion(query: Query, version: number): Promise<void>;
  /** Returns a select of the rows that are in the JSON of `$1`. */
  select(table: { readonly name: string; readonly columns: readonly string[] }): string;
  close(): Promise<void>;
}

/** Creates the tables, or applies their missing migrations. @throws StoreError `store_newer` */
export async function migrate(database: RawDatabase): Promise<void> {
  await database.transaction(async (query) => {
    await database.prepare(query);
    const version = await database.appliedVersion(query);
    const missing = migrationsSince(version);
    for (const sql of missing) await database.script(query, sql);
    if (missing.length > 0) await database.setVersion(query, version + missing.length);
  });
}
