import type { Query } from "./sql-store.js";
import { StoreError } from "./store.js";

/** The privileges of the database's role. */
interface Privileges {
  readonly role: string;
  readonly database: string;
  /** `role` as an identifier in SQL. */
  readonly quotedRole: string;
  readonly hasSchema: boolean;
  readonly canCreateSchema: boolean;
  /** Null without a schema. */
  readonly canUse: boolean | null;
  readonly canCreateTables: boolean | null;
}

const PRIVILEGES = `
  select current_user as role,
    current_database() as database,
    quote_ident(current_user) as "quotedRole",
    to_regnamespace('broker') is not null as "hasSchema",
    has_database_privilege(current_database(), 'create') as "canCreateSchema",
    has_schema_privilege(to_regnamespace('broker'), 'usage') as "canUse",
    has_schema_privilege(to_regnamespace('broker'), 'create') as "canCreateTables"`;

/** Tables on which the role lacks a privilege. */
const MISSING = `
  select count(*)::integer as tables from pg_class
  where relnamespace = to_regnamespace('broker') and relkind = 'r' and not (
    has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
    and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))`;

/**
 * Creates the schema `broker` and its table `version` if they are missing. A role that may not create a schema can use
 * one that somebody else has made.
 *
 * @throws StoreError `store_forbidden` with the SQL that an administrator has to run
 */
export async function ensureSchema(query: Query): Promise<void> {
  const [found] = (await query(PRIVILEGES)).rows as [Privileges];
  const { role, database, quotedRole, hasSchema, canCreateSchema, canUse, canCreateTables } = found;
  const remedy = (sql: string) => `let an administrator run ${sql}; in the database ${JSON.stringify(database)}`;
  const forbidden = (what: string, sql: string) =>
    new StoreError("store_forbidden", `The database role ${JSON.stringify(role)} may not ${what}: ${remedy(sql)}.`);
  if (!hasSchema) {
    if (!canCreateSchema) {
      throw forbidden("create the schema broker", `CREATE SCHEMA broker AUTHORIZATION ${quotedRole}`);
    }
    await query("create schema broker");
  } else if (!canUse) {
    throw forbidden("use the schema broker", `GRANT USAGE, CREATE ON SCHEMA broker TO ${quotedRole}`);
  }
  const [schema] = (await query("select current_schema() as current, to_regclass('broker.version') as version"))
    .rows as [{ current: string | null; version: string | null }];
  if (schema.current !== "broker") {
    throw new StoreError(
      "store_forbidden",
      `The database uses the schema ${JSON.stringify(schema.current)} instead of broker, which the server has set: a pooler or a trigger changes search_path. Connect to PostgreSQL directly.`,
    );
  }
  if (schema.version === null) {
    if (hasSchema && !canCreateTables) {
      throw forbidden("create tables in the schema broker", `GRANT USAGE, CREATE ON SCHEMA broker TO ${quotedRole}`);
    }
    await query("create table version (version bigint not null)");
  }
  const [missing] = (await query(MISSING)).rows as [{ tables: number }];
  if (missing.tables > 0) {
    const grant = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA broker TO ${quotedRole}`;
    throw forbidden("read and write the tables of the schema broker", grant);
  }
}
