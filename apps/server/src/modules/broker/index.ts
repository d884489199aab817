import { hostname } from "node:os";
import type { Clock, Logger, Random } from "@trading/ws-server";
import type { Market } from "../../market/market.js";
import type { ModuleCluster, ServerModule } from "../module.js";
import { accountControl } from "./account-control.js";
import { Broker, type BrokerService } from "./broker.js";
import type { EngineOptions } from "./engine/options.js";
import { openClusterBroker } from "./forwarding/cluster-broker.js";
import { gatewayBroker } from "./forwarding/gateway-broker.js";
import { brokerRest } from "./rest.js";
import { openLibsqlStore } from "./store/libsql.js";
import { cannotOpen, storeFile } from "./store/location.js";
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
  /** Days for which executions, notifications and finished orders are stored. @default 0, without end */
  readonly eventsKeepDays?: number;
  /** The cluster of this server. @default none: a standby refuses what it cannot serve */
  readonly cluster?: ModuleCluster | undefined;
}

/** Maximum length of a server's name; PostgreSQL shortens longer ones. */
const MAX_NAME_LENGTH = 63;

/**
 * Creates the paper-trading module. If its store cannot be reached, or another server runs the broker of this store, the
 * module is not ready yet and takes over as soon as it can. A server of a cluster that runs no sources opens no store, and leaves
 * the broker to the other servers.
 *
 * @throws StoreError if retrying is futile until somebody changes something
 */
export async function createBrokerModule(options: BrokerModuleOptions): Promise<ServerModule> {
  const { cluster, clock } = options;
  const broker = cluster?.ownsTopics === false ? gatewayBroker(cluster, clock) : await openBroker(options);
  return {
    name: "broker",
    streams: brokerStreams(broker),
    registerRest: (rest) => brokerRest(rest, broker),
    readiness: () => broker.readiness,
    accounts: accountControl(broker),
    commits: broker,
    close: () => broker.close(),
  };
}

async function openBroker(options: BrokerModuleOptions): Promise<BrokerService> {
  const store = createStore(options);
  const opening = { ...options, store, name: serverName(options.random) };
  const { cluster } = options;
  const opened: Promise<BrokerService> = cluster ? openClusterBroker(opening, cluster) : Broker.open(opening);
  return opened.catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
}

function createStore({ databaseUrl, dataDirectory, logger }: BrokerModuleOptions): BrokerStore {
  const location = { databaseUrl, dataDirectory };
  const file = storeFile(location);
  const store =
    file === undefined
      ? openPostgresStore(databaseUrl as string, (error) =>
          logger.warn("The broker lost its connection to the database", { error }),
        )
      : openLibsqlStore(file);
  return {
    ...store,
    acquire: (name, signal) =>
      store.acquire(name, signal).catch((cause: unknown) => {
        throw cause instanceof StoreError ? cause : cannotOpen(location, cause);
      }),
  };
}

/** Returns a name that is unique for each process, such as `trading-1 pid 4711 x5Yc…`. */
function serverName(random: Random): string {
  const host = hostname().replace(/[^\x21-\x7e]/g, "?");
  const rest = ` pid ${process.pid} ${random.id().slice(0, 8)}`;
  return host.slice(0, MAX_NAME_LENGTH - rest.length) + rest;
}
