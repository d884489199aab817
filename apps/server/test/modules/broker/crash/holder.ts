import type { BrokerStore } from "../../../../src/modules/broker/store/store.js";

/** Returns the process that runs the broker of a store: a server that requests the lease gets its name. */
export async function holderOf(open: () => BrokerStore): Promise<number> {
  const store = open();
  try {
    for (;;) {
      const result = await store.acquire("the test", new AbortController().signal);
      if ("holder" in result) return Number(/ pid (\d+) /.exec(result.holder)?.[1]);
      await result.lease.release();
    }
  } finally {
    await store.close();
  }
}
