import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trading/ws-server";
import { ClusterPubSub, type MemoryBus, MemoryHub } from "@trading/ws-server/cluster";
import { RecordingLogger } from "@trading/ws-server/testing";
import { onTestFinished } from "vitest";
import type { BrokerService } from "../../../../src/modules/broker/broker.js";
import { openClusterBroker } from "../../../../src/modules/broker/forwarding/cluster-broker.js";
import { openLibsqlStore } from "../../../../src/modules/broker/store/libsql.js";
import { JumpingClock } from "../../../jumping-clock.js";
import { until } from "../../../until.js";
import { FakeMarket } from "../fake-market.js";
import { FaultyStore, passUntil } from "../harness.js";

/** A server of a cluster: its broker, its connection to the others, and its connection to the store. */
export interface ClusterServer {
  readonly broker: BrokerService;
  readonly bus: MemoryBus;
  readonly pubSub: ClusterPubSub;
  readonly store: FaultyStore;
  close(): Promise<void>;
}

/** Opens the brokers of servers on one store, on a manual clock. The first one runs the broker, the others forward to it. */
export async function openServers(count = 2) {
  const folder = mkdtempSync(join(tmpdir(), "cluster-"));
  const clock = new JumpingClock(Date.UTC(2026, 10, 25, 10));
  const hub = new MemoryHub({ clock });
  const market = new FakeMarket();
  market.setTopOfBook("AAPL", 99.9, 100.1);
  market.setTopOfBook("MSFT", 399, 401);
  const logger = new RecordingLogger();
  const running = new Set<ClusterServer>();
  onTestFinished(async () => {
    for (const server of running) await settled(clock, server.close());
    rmSync(folder, { recursive: true });
  });
  const open = async (): Promise<ClusterServer> => {
    const name = `trading-${running.size + 1}`;
    const store = new FaultyStore(openLibsqlStore(join(folder, "broker.db")));
    const bus = hub.connect(clock, `node of ${name}`);
    const pubSub = new ClusterPubSub({ bus, clock, logger });
    await until(() => bus.isUp);
    const broker = await openClusterBroker({ store, name, market, clock, random: systemRandom, logger }, pubSub);
    const server: ClusterServer = {
      broker,
      bus,
      pubSub,
      store,
      async close() {
        running.delete(server);
        await broker.close();
        await pubSub.close();
      },
    };
    running.add(server);
    return server;
  };
  const servers: ClusterServer[] = [];
  for (let index = 0; index < count; index++) servers.push(await open());
  await until(() => hub.claims.length > 0);
  return { clock, hub, market, logger, open, servers: servers as [ClusterServer, ClusterServer, ...ClusterServer[]] };
}

/** Advances the clock until a promise has settled. */
export async function settled<Result>(clock: JumpingClock, promise: Promise<Result>): Promise<Result> {
  let isSettled = false;
  promise
    .catch(() => {})
    .finally(() => {
      isSettled = true;
    });
  await passUntil(clock, () => isSettled);
  return promise;
}

/** Returns what a call has resolved or rejected with, as data. */
export function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (result) => ({ result }),
    (error) => ({ name: error.name, code: error.code, message: error.message, retryable: error.retryable }),
  );
}
