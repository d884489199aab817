import {
  type AccountPosition,
  type Execution,
  executions,
  notifications,
  orders,
  type PlacedOrder,
  positions,
} from "@trading/topic";
import { createClient } from "@trading/ws-client";
import { createRest, type Rest } from "@trading/ws-client/rest";
import { systemClock, systemRandom } from "@trading/ws-server";
import { ClusterPubSub, type MemoryBus, type MemoryHub } from "@trading/ws-server/cluster";
import { RecordingLogger } from "@trading/ws-server/testing";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { createApp } from "../../../../src/app.js";
import { accessByClaims } from "../../../../src/auth/access.js";
import { createBrokerModule } from "../../../../src/modules/broker/index.js";
import type { ServerModule } from "../../../../src/modules/module.js";
import { until } from "../../../until.js";
import type { FakeMarket } from "../fake-market.js";

/** The store of the servers: one file or one database. */
export type StoreLocation = { readonly dataDirectory: string } | { readonly databaseUrl: string };

/** The reference server as a node of a cluster. */
export interface AppNode {
  readonly module: ServerModule;
  readonly bus: MemoryBus;
  readonly baseUrl: string;
  readonly url: string;
  /** Returns the REST interface for an account. */
  restOf(accountId: string): Rest;
  close(): Promise<void>;
}

/** Starts a server on a store, with the rule that a token is the id of the account to which it gives access. */
export async function startNode(
  hub: MemoryHub,
  market: FakeMarket,
  location: StoreLocation,
  { ownsTopics = true } = {},
): Promise<AppNode> {
  const logger = new RecordingLogger();
  const bus = hub.connect();
  // A fifth of the defaults, because the clock is the system's.
  const timings = { staleMs: 1_000, aliveMs: 200, retryMs: 100, answerMs: 300, graceMs: 300, ownerMs: 400 };
  const pubSub = new ClusterPubSub({ bus, ownsTopics, logger, timings });
  await until(() => bus.isUp);
  const parts = { clock: systemClock, random: systemRandom, logger };
  const module = await createBrokerModule({ ...parts, ...location, market, cluster: pubSub });
  const access = accessByClaims((token) => ({ subject: token, claims: { accounts: [token] } }));
  const app = await createApp({
    modules: [module],
    access,
    clock: systemClock,
    logger,
    streaming: { pubSub, lingerMs: 0 },
  });
  const port = await app.listen(0, "127.0.0.1");
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= app.close().then(() => pubSub.close());
    return closed;
  };
  onTestFinished(close);
  const baseUrl = `http://127.0.0.1:${port}/api/v1`;
  const restOf = (accountId: string) => createRest({ baseUrl, getToken: () => accountId, timeoutMs: 0 });
  return { module, bus, baseUrl, url: `ws://127.0.0.1:${port}/api/v1/ws`, restOf, close };
}

/** The updates of an account that a client of a server has received. */
export interface Followed {
  /** The last state of each order, by id. */
  readonly orders: Map<string, PlacedOrder>;
  readonly positions: Map<string, AccountPosition>;
  readonly executions: Execution[];
  readonly notifications: string[];
  /** The reasons of gaps in the executions. */
  readonly gaps: string[];
  /** Whether all topics are live. */
  readonly isLive: boolean;
}

/** Subscribes to the topics of an account, with the SDK. */
export function follow({ url }: AppNode, accountId: string): Followed {
  // A takeover ends topics: what a test expects is in the gaps and the status.
  const client = createClient({ url, WebSocket, getToken: () => accountId, onError() {} });
  onTestFinished(() => client.close());
  const states = new Map<string, string>();
  const followed = {
    orders: new Map<string, PlacedOrder>(),
    positions: new Map<string, AccountPosition>(),
    executions: [] as Execution[],
    notifications: [] as string[],
    gaps: [] as string[],
    get isLive() {
      return states.size === 4 && [...states.values()].every((state) => state === "live");
    },
  };
  const onStatus =
    (route: string) =>
    ({ state }: { readonly state: string }) =>
      void states.set(route, state);
  const account = { accountId };
  client.subscribe(orders, account, {
    onUpdate: (order) => void followed.orders.set(order.id, order),
    onStatus: onStatus("orders"),
  });
  client.subscribe(positions, account, {
    onUpdate: (position) => void followed.positions.set(position.id, position),
    onStatus: onStatus("positions"),
  });
  client.subscribe(
    executions,
    { ...account, symbol: null },
    {
      onUpdate: (execution) => void followed.executions.push(execution),
      onStatus: onStatus("executions"),
      onGap: ({ reason }) => void followed.gaps.push(reason),
    },
  );
  client.subscribe(notifications, account, {
    onUpdate: ({ title }) => void followed.notifications.push(title),
    onStatus: onStatus("notifications"),
    onGap() {},
  });
  return followed;
}
