import { join } from "node:path";
import type { Clock, Logger, Random } from "@trading/ws-server";
import type { Market } from "../../market/market.js";
import type { ServerModule } from "../module.js";
import { Broker } from "./broker.js";
import type { EngineOptions } from "./engine/options.js";
import { brokerRest } from "./rest.js";
import { openLibsqlStore } from "./store/libsql.js";
import { openPostgresStore } from "./store/postgres.js";
import { type BrokerStore, StoreError } from "./store/store.js";
import { brokerStreams } from "./streams.js";

export interface BrokerModuleOptions {
  readonly market: Market;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** URL of a PostgreSQL database. @default a file in `dataDirectory` */
  readonly databaseUrl?: string | undefined;
  /** Created if missing. @default data is kept in memory until the process ends */
  readonly dataDirectory?: string | undefined;
  /** Rules for accounts. @default those of the engine */
  readonly accounts?: EngineOptions;
}

/**
 * Creates the paper-trading module.
 *
 * @throws StoreError `store_newer`, or `store_unreachable` if the store cannot be opened
 */
export async function createBrokerModule(options: BrokerModuleOptions): Promise<ServerModule> {
  const store = await openStore(options);
  const broker = await Broker.open({ ...options, store }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  return {
    name: "broker",
    streams: brokerStreams(broker),
    registerRest: (rest) => brokerRest(rest, broker),
    isReady: () => broker.isReady,
    close: () => broker.close(),
  };
}

async function openStore({ databaseUrl, dataDirectory, logger }: BrokerModuleOptions): Promise<BrokerStore> {
  const file = dataDirectory === undefined ? ":memory:" : join(dataDirectory, "broker.db");
  try {
    if (databaseUrl === undefined) return await openLibsqlStore(file);
    return await openPostgresStore(databaseUrl, (error) =>
      logger.warn("The broker lost its connection to the database", { error }),
    );
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    // The URL is not logged, because it can contain a password.
    const location = databaseUrl === undefined ? `file ${file}` : "database at DATABASE_URL";
    throw new StoreError("store_unreachable", `Cannot open the broker's ${location}: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
