import {
  account,
  brokerConnection,
  equity,
  executions,
  notifications,
  orders,
  type ParamsOf,
  positions,
  type UpdateOf,
} from "@trading/topic/shapes";
import type { Collection } from "./topic-store.js";
import { type CollectionOptions, useCollection } from "./use-collection.js";
import type { Skip } from "./use-source.js";
import { type TopicOptions, type TopicValue, useTopic } from "./use-topic.js";

/** Which account. */
type OfAccount = ParamsOf<typeof orders>;
type KeyedOptions = Pick<CollectionOptions, "flush">;
type AccountState = UpdateOf<typeof account>;
type BrokerConnectionStatus = UpdateOf<typeof brokerConnection>;
type Equity = UpdateOf<typeof equity>;

/** The orders of an account, finished ones too: each stays until a gap, after which the server's own list counts. */
export function useOrders(params: OfAccount | Skip, options?: KeyedOptions): Collection<UpdateOf<typeof orders>> {
  return useCollection(orders, params, options);
}

/** The positions of an account; one with `qty` 0 is flat. */
export function usePositions(params: OfAccount | Skip, options?: KeyedOptions): Collection<UpdateOf<typeof positions>> {
  return useCollection(positions, params, options);
}

/** The last fills of an account since the component was mounted, oldest first; of one symbol, or of all where it is null. */
export function useExecutions(
  params: ParamsOf<typeof executions> | Skip,
  options?: CollectionOptions,
): Collection<UpdateOf<typeof executions>> {
  return useCollection(executions, params, options);
}

/** What an account is worth. */
export function useEquity<Value = Equity>(
  params: OfAccount | Skip,
  options?: TopicOptions<Equity, Value>,
): TopicValue<Value> {
  return useTopic(equity, params, options);
}

/** Whether the broker of an account is connected to its market. */
export function useBrokerConnection<Value = BrokerConnectionStatus>(
  params: OfAccount | Skip,
  options?: TopicOptions<BrokerConnectionStatus, Value>,
): TopicValue<Value> {
  return useTopic(brokerConnection, params, options);
}

/** The state of an account: balance, margin, leverage. */
export function useAccount<Value = AccountState>(
  params: OfAccount | Skip,
  options?: TopicOptions<AccountState, Value>,
): TopicValue<Value> {
  return useTopic(account, params, options);
}

/** What the holder of an account should read, since the component was mounted, oldest first. */
export function useNotifications(
  params: OfAccount | Skip,
  options?: CollectionOptions,
): Collection<UpdateOf<typeof notifications>> {
  return useCollection(notifications, params, options);
}
