import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trading/ws-server";
import { type ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { onTestFinished } from "vitest";
import type { AccountChanges, AccountSnapshot } from "../../../src/modules/broker/account-listeners.js";
import { Broker } from "../../../src/modules/broker/broker.js";
import type { EngineOptions } from "../../../src/modules/broker/engine/options.js";
import type { Changes, Snapshot } from "../../../src/modules/broker/engine/rows.js";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import type { BrokerStore, StoreLease } from "../../../src/modules/broker/store/store.js";
import { JumpingClock } from "../../jumping-clock.js";
import { FakeMarket } from "./fake-market.js";

/** A real store with failures that a test injects. */
export class FaultyStore implements BrokerStore {
  /** The number of calls of real stores that have not settled, which take real time. */
  static pending = 0;
  readonly #store: BrokerStore;
  /** All commits, including failed ones. */
  readonly commits: Changes[] = [];
  /** The number of probes. */
  probes = 0;
  /** The snapshots that were loaded. */
  readonly snapshots: Snapshot[] = [];
  /** The accounts that were loaded on demand, for each read. */
  readonly loadedAccounts: (readonly string[])[] = [];
  /** The number of batches of events that were deleted. */
  deletions = 0;
  /** Called before each attempt to acquire the lease. If it throws, the attempt fails. */
  beforeAcquire: () => Promise<void> | void = () => {};
  /** Called before a commit reaches the store. If it throws, the commit fails with its error. */
  beforeCommit: () => Promise<void> | void = () => {};
  /** Called after a commit was stored. */
  afterCommit: () => Promise<void> | void = () => {};
  beforeLoad: () => Promise<void> | void = () => {};
  beforeProbe: () => Promise<void> | void = () => {};
  beforeRead: () => Promise<void> | void = () => {};
  /** Ends the connection that holds the lease. */
  loseLease: (error: Error) => void = () => {};

  constructor(store: BrokerStore) {
    this.#store = store;
  }

  async acquire(name: string, signal: AbortSignal) {
    await this.beforeAcquire();
    const result = await real(this.#store.acquire(name, signal));
    return "lease" in result ? { lease: this.#faulty(result.lease) } : result;
  }

  #faulty(lease: StoreLease): StoreLease {
    return {
      ...lease,
      lost: new Promise((resolve) => (this.loseLease = resolve)),
      load: async (finishedSince) => {
        await this.beforeLoad();
        const loaded = await real(lease.load(finishedSince));
        this.snapshots.push(loaded.snapshot);
        return loaded;
      },
      commit: async (changes, order) => {
        this.commits.push(changes);
        await this.beforeCommit();
        await real(lease.commit(changes, order));
        await this.afterCommit();
      },
      release: () => real(lease.release()),
      deleteEvents: async (...of) => {
        this.deletions++;
        return real(lease.deleteEvents(...of));
      },
      probe: async () => {
        this.probes++;
        await this.beforeProbe();
        await real(lease.probe());
      },
    };
  }

  accounts: BrokerStore["accounts"] = async (...of) => {
    this.loadedAccounts.push(of[0]);
    await this.beforeRead();
    return real(this.#store.accounts(...of));
  };
  executions: BrokerStore["executions"] = async (...of) => {
    await this.beforeRead();
    return real(this.#store.executions(...of));
  };
  notifications: BrokerStore["notifications"] = (...of) => this.#store.notifications(...of);
  finishedOrders: BrokerStore["finishedOrders"] = (...of) => this.#store.finishedOrders(...of);
  close = () => real(this.#store.close());
}

async function real<Result>(call: Promise<Result>): Promise<Result> {
  FaultyStore.pending++;
  try {
    return await call;
  } finally {
    FaultyStore.pending--;
  }
}

/** Advances the clock in small steps until a condition is true. No time passes while a real store works. */
export async function passUntil(clock: ManualClock, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    if (FaultyStore.pending === 0) clock.advance(10);
    // Two turns: the call that follows a call may start at the end of one.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  }
}

/** Opens a broker with a fake market and a store in a file. */
export async function openBroker(accounts: EngineOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  const clock = new JumpingClock(Date.UTC(2026, 10, 25, 10));
  const market = new FakeMarket();
  const logger = new RecordingLogger();
  market.setTopOfBook("AAPL", 99.9, 100.1);
  market.setTopOfBook("MSFT", 399, 401);
  const brokers = new Set<Broker>();
  /** Closes a broker, also if a test has left calls of the store without a reply. */
  const closing = async (broker: Broker) => {
    let isClosed = false;
    const closed = broker.close().finally(() => {
      isClosed = true;
    });
    await passUntil(clock, () => isClosed);
    await closed;
  };
  onTestFinished(async () => {
    for (const broker of brokers) await closing(broker);
    rmSync(folder, { recursive: true });
  });
  /** Opens another broker on the same store, as after a restart or on a second server. */
  const open = async (name = "trading-1", prepare: (store: FaultyStore) => void = () => {}) => {
    const store = new FaultyStore(openLibsqlStore(join(folder, "broker.db")));
    prepare(store);
    const broker = await Broker.open({ store, name, market, clock, random: systemRandom, logger, accounts });
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
