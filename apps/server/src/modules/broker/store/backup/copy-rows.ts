import type { Query, RawDatabase } from "./raw-database.js";

/** Number of rows per statement. */
const PAGE_SIZE = 2_000;

/** A table of a backup, as SQLite describes it. */
export interface TableSchema {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns of the primary key; empty for a table with a single row. */
  readonly key: readonly string[];
}

/** Number of rows by table. */
export type RowCounts = Readonly<Record<string, number>>;

/** Options of {@link copyRows}. */
export interface CopyOptions {
  readonly tables: readonly TableSchema[];
  readonly from: Query;
  readonly to: Query;
  /** The database of `to`. */
  readonly target: RawDatabase;
  /** Called after each page. @param done rows copied so far @param total rows to copy */
  readonly onProgress: (done: number, total: number) => void;
  /** Ends the copy early with its reason. */
  readonly signal: AbortSignal;
}

/** Returns the tables of an SQLite database. */
export async function tablesOf(query: Query): Promise<TableSchema[]> {
  const rows = await query(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name",
  );
  const tables: TableSchema[] = [];
  for (const { name } of rows as { name: string }[]) {
    const described = await query("select name, pk from pragma_table_info($1)", [name]);
    const columns = described as { name: string; pk: number }[];
    const key = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
    tables.push({ name, columns: columns.map((column) => column.name), key: key.map((column) => column.name) });
  }
  return tables;
}

/** Returns the number of rows of each table. */
export async function countRows(query: Query, tables: readonly TableSchema[]): Promise<RowCounts> {
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await query(`select count(*) as rows from ${name}`);
    counts[name] = Number((row as { rows: unknown }).rows);
  }
  return counts;
}

/** Replaces the rows of the target's tables by those of another database. @returns the number of copied rows */
export async function copyRows({ tables, from, to, target, onProgress, signal }: CopyOptions): Promise<RowCounts> {
  const counts = await countRows(from, tables);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  let done = 0;
  for (const table of tables) {
    const { name, columns } = table;
    await to(`delete from ${name}`);
    for await (const rows of pagesOf(from, table)) {
      signal.throwIfAborted();
      await to(`insert into ${name} (${columns.join(", ")}) ${target.select(table)}`, [JSON.stringify(rows)]);
      done += rows.length;
      onProgress(done, total);
    }
  }
  return counts;
}

/** Reads the rows of a table in the order of its key. */
async function* pagesOf(query: Query, { name, columns, key }: TableSchema): AsyncGenerator<readonly object[]> {
  const all = `select ${columns.join(", ")} from ${name}`;
  if (key.length === 0) {
    yield (await query(all)) as object[];
    return;
  }
  const order = `order by ${key.join(", ")} limit ${PAGE_SIZE}`;
  const isAfter = `(${key.join(", ")}) > (${key.map((_, index) => `$${index + 1}`).join(", ")})`;
  let rows = await query(`${all} ${order}`);
  while (rows.length > 0) {
    yield rows as object[];
    const last = rows.at(-1) as Record<string, unknown>;
    rows = await query(
      `${all} where ${isAfter} ${order}`,
      key.map((column) => last[column]),
    );
  }
}
