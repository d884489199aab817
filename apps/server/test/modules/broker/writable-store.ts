import type { BrokerStore, StoreLease } from "../../../src/modules/broker/store/store.js";
import { acquired } from "./acquired.js";

/** A store with its lease: also the calls that only the server that runs the broker makes. */
export type WritableStore = Pick<
  BrokerStore & StoreLease,
  "load" | "commit" | "accounts" | "executions" | "notifications" | "close"
>;

/** Acquires the lease of a store. `close` releases it. */
export async function writable(store: BrokerStore): Promise<WritableStore> {
  const lease = await acquired(store).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  return {
    ...store,
    ...lease,
    async close() {
      await lease.release();
      await store.close();
    },
  };
}
