import { setTimeout as delay } from "node:timers/promises";
import type { BrokerStore, StoreLease } from "../../../src/modules/broker/store/store.js";

const RETRY_MS = 5;

/**
 * Acquires the lease of a store. Waits while another connection holds it: a database frees the lease of a connection
 * that was cut, terminated, or abandoned only when it has ended that connection's session, which its client may notice
 * earlier.
 */
export async function acquired(store: BrokerStore, name = "test"): Promise<StoreLease> {
  const { signal } = new AbortController();
  for (;;) {
    const result = await store.acquire(name, signal);
    if ("lease" in result) return result.lease;
    await delay(RETRY_MS);
  }
}
