import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trading/ws-server";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { onTestFinished } from "vitest";
import { type AccountChanges, type AccountSnapshot, Broker } from "../../../src/modules/broker/broker.js";
import type { EngineOptions } from "../../../src/modules/broker/engine/options.js";
import type { Changes } from "../../../src/modules/broker/engine/rows.js";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import type { BrokerStore, CommitOrder, StoredState } from "../../../src/modules/broker/store/store.js";
import { FakeMarket } from "./fake-market.js";

/** A real store with failures that a test injects. */
export class FaultyStore implements BrokerStore {
  readonly #store: BrokerStore;
  /** All commits, including failed ones. */
  readonly commits: Changes[] = [];
  /** Called before a commit reaches the store. If it throws, the commit fails with its error. */
  beforeCommit: () => Promise<void> | void = () => {};
  /** Called after a commit was stored. */
  afterCommit: () => Promise<void> | void = () => {};
  beforeLoad: () => Promise<void> | void = () => {};

  constructor(store: BrokerStore) {
    this.#store = store;
  }

  async load(finishedSince: number): Promise<StoredState> {
    await this.beforeLoad();
    return this.#store.load(finishedSince);
  }

  async commit(changes: Changes, order: CommitOrder): Promise<void> {
    this.commits.push(changes);
    await this.beforeCommit();
    await this.#store.commit(changes, order);
    await this.afterCommit();
  }

  executions: BrokerStore["executions"] = (...of) => this.#store.executions(...of);
  notifications: BrokerStore["notifications"] = (...of) => this.#store.notifications(...of);
  finishedOrders: BrokerStore["finishedOrders"] = (...of) => this.#store.finishedOrders(...of);
  close = () => this.#store.close();
}

/** Opens a broker with a fake market and a store in a file. */
export async function openBroker(accounts: EngineOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  const clock = new ManualClock(Date.UTC(2026, 10, 25, 10));
  const market = new FakeMarket();
  const logger = new RecordingLogger();
  market.setTopOfBook("AAPL", 99.9, 100.1);
  market.setTopOfBook("MSFT", 399, 401);
  const brokers = new Set<Broker>();
  onTestFinished(async () => {
    for (const broker of brokers) await broker.close();
    rmSync(folder, { recursive: true });
  });
  /** Opens another broker on the same store, as after a restart. */
  const open = async () => {
    const store = new FaultyStore(await openLibsqlStore(join(folder, "broker.db")));
    const broker = await Broker.open({ store, market, clock, random: systemRandom, logger, accounts });
    brokers.add(broker);
    const close = async () => {
      brokers.delete(broker);
      await broker.close();
    };
    return { store, broker, close };
  };
  return { clock, market, logger, open, ...(await open()) };
}

/** Watches an account, and collects its states and changes. */
export async function listen(broker: Broker, accountId: string) {
  const states: AccountSnapshot[] = [];
  const changes: AccountChanges[] = [];
  const stop = await broker.watch(accountId, {
    onState: (state) => void states.push(state),
    onChanges: (changed) => void changes.push(changed),
  });
  return { states, changes, stop };
}

/** Returns a promise, and the function that resolves it. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Waits until a condition is true: checks it once per turn of the event loop, until the test times out. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
