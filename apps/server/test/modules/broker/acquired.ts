import type { BrokerStore, StoreLease } from "../../../src/modules/broker/store/store.js";

/** Acquires the lease of a store. Throws if another server holds it. */
export async function acquired(store: BrokerStore, name = "test"): Promise<StoreLease> {
  const result = await store.acquire(name, new AbortController().signal);
  if ("holder" in result) throw new Error(`The lease is held by ${result.holder}`);
  return result.lease;
}
