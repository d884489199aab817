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
  /** A PostgreSQL database to keep everything in. @default a file in `dataDirectory` */
  readonly databaseUrl?: string | undefined;
  /** Made where there is none. @default everything is kept in memory, until the process ends */
  readonly dataDirectory?: string | undefined;
  /** How accounts are run. @default the engine's own */
  readonly accounts?: EngineOptions;
}

/**
 * The paper-trading broker as a part of the server.
 *
 * @throws StoreError `store_newer`, or `store_unreachable` where the store cannot be opened
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
      logger.warn("The broker lost its database for the moment", { error }),
    );
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    // An address may have a password in it.
    const which = databaseUrl === undefined ? `file ${file}` : "database at DATABASE_URL";
    throw new StoreError("store_unreachable", `The broker's ${which} cannot be opened: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
