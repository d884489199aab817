import type { BrokerStore, StoredState, StoreLease } from "../../../src/modules/broker/store/store.js";

/** Maximum number of accounts that a store loads together. */
const MAX_IDS = 100;

/**
 * Loads the state of a store, and the accounts that it leaves out because the market cannot change them.
 *
 * @param ids the accounts that can have rows. @default the account of the test's rows
 */
export async function loadAll(
  store: Pick<BrokerStore, "accounts">,
  lease: Pick<StoreLease, "load">,
  ids: readonly string[] = ["A-1"],
): Promise<StoredState> {
  const { snapshot, lastCommit } = await lease.load(0);
  const { isPartial, ...rest } = snapshot;
  if (!isPartial) throw new Error("The snapshot is not partial");
  const accounts = [...snapshot.accounts];
  const orders = [...snapshot.orders];
  const positions = [...snapshot.positions];
  const active = new Set([...orders, ...positions].map(({ accountId }) => accountId));
  const others = ids.filter((id) => !active.has(id));
  for (let start = 0; start < others.length; start += MAX_IDS) {
    const rows = await store.accounts(others.slice(start, start + MAX_IDS), 0);
    accounts.push(...rows.accounts);
    orders.push(...rows.orders);
    positions.push(...rows.positions);
  }
  orders.sort((one, other) => one.priority - other.priority);
  return { snapshot: { ...rest, accounts, orders, positions }, lastCommit };
}
