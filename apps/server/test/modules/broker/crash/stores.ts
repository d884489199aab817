import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { openLibsqlStore } from "../../../../src/modules/broker/store/libsql.js";
import { openPostgresStore } from "../../../../src/modules/broker/store/postgres.js";
import type { BrokerStore } from "../../../../src/modules/broker/store/store.js";
import { buildServer } from "../../../build-server.js";
import { hasPostgres, type PostgresServer, startPostgres } from "../postgres-server.js";

/** A kind of store: the variables of its servers, and how to open it while they run or after they have ended. */
export interface StoreKind {
  readonly name: string;
  create(folder: string): Promise<{ variables: Record<string, string>; open: () => BrokerStore }>;
}

/** The kinds of stores, and what is built and started for the tests of a file. */
export interface Stores {
  readonly kinds: readonly StoreKind[];
  /** The path of the built server. */
  readonly main: string;
  /** Creates a database. @returns its URL */
  createDatabase(name: string): Promise<string>;
}

/**
 * Builds the server, and starts PostgreSQL if it is installed, for the tests of a file.
 *
 * @param name of the file, for its databases
 * @param options those of `buildServer`
 */
export function useStores(name: string, options?: Parameters<typeof buildServer>[1]): Stores {
  const directory = `../../../../node_modules/.cache/${name}-test-${process.pid}`;
  const outDir = fileURLToPath(new URL(directory, import.meta.url));
  let main = "";
  let postgres: PostgresServer | undefined;
  beforeAll(async () => {
    main = await buildServer(outDir, options);
    if (hasPostgres) postgres = await startPostgres();
  });
  afterAll(async () => {
    rmSync(outDir, { recursive: true, force: true });
    await postgres?.stop();
  });

  const createDatabase = (database: string) => (postgres as PostgresServer).create(database);
  const file: StoreKind = {
    name: "one file",
    create: async (folder) => ({ variables: {}, open: () => openLibsqlStore(join(folder, "broker.db")) }),
  };
  const database: StoreKind = {
    name: "one PostgreSQL database",
    async create() {
      const url = await createDatabase(name);
      return { variables: { DATABASE_URL: url }, open: () => openPostgresStore(url, () => {}) };
    },
  };
  return {
    kinds: hasPostgres ? [file, database] : [file],
    get main() {
      return main;
    },
    createDatabase,
  };
}
