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

/** A real store, whose failures a test decides on. */
export class FaultyStore implements BrokerStore {
  readonly #sound: BrokerStore;
  /** What was committed, with those that failed. */
  readonly commits: Changes[] = [];
  /** Called before a commit reaches the store; what it throws is the commit's failure. */
  beforeCommit: () => Promise<void> | void = () => {};
  /** Called after a commit was kept. */
  afterCommit: () => Promise<void> | void = () => {};
  beforeLoad: () => Promise<void> | void = () => {};

  constructor(sound: BrokerStore) {
    this.#sound = sound;
  }

  async load(finishedSince: number): Promise<StoredState> {
    await this.beforeLoad();
    return this.#sound.load(finishedSince);
  }

  async commit(changes: Changes, order: CommitOrder): Promise<void> {
    this.commits.push(changes);
    await this.beforeCommit();
    await this.#sound.commit(changes, order);
    await this.afterCommit();
  }

  executions: BrokerStore["executions"] = (...of) => this.#sound.executions(...of);
  notifications: BrokerStore["notifications"] = (...of) => this.#sound.notifications(...of);
  finishedOrders: BrokerStore["finishedOrders"] = (...of) => this.#sound.finishedOrders(...of);
  close = () => this.#sound.close();
}

/** A broker on a market that the test makes, and a store in a file. */
export async function trading(accounts: EngineOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  const clock = new ManualClock(Date.UTC(2026, 10, 25, 10));
  const market = new FakeMarket();
  const logger = new RecordingLogger();
  market.touch("AAPL", 99.9, 100.1);
  market.touch("MSFT", 399, 401);
  const brokers = new Set<Broker>();
  onTestFinished(async () => {
    for (const broker of brokers) await broker.close();
    rmSync(folder, { recursive: true });
  });
  /** Opens one more on the same store, as after a restart. */
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

/** What an account's listener is told. */
export async function listening(broker: Broker, accountId: string) {
  const states: AccountSnapshot[] = [];
  const changes: AccountChanges[] = [];
  const stop = await broker.watch(accountId, {
    onState: (state) => void states.push(state),
    onChanges: (changed) => void changes.push(changed),
  });
  return { states, changes, stop };
}

/** A promise that a test settles. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Waits, a turn of the event loop at a time, until something holds. The test's own timeout is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
