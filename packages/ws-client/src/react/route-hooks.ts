"use client";

import {
  account,
  bars,
  brokerConnection,
  equity,
  executions,
  notifications,
  orderbook,
  orders,
  type ParamsOf,
  positions,
  quotes,
  trades,
  type UpdateOf,
} from "@trading/topic/shapes";
import * as React from "react";
import { useClient } from "./client-provider.js";
import type { Collection } from "./topic-store.js";
import { type CollectionOptions, useCollection } from "./use-collection.js";
import { type TopicOptions, type TopicValue, useTopic } from "./use-topic.js";
import { type Committed, type Flush, type Skip, useCommitted } from "./use-topic-store.js";

type Bar = UpdateOf<typeof bars>;
type OrderBook = UpdateOf<typeof orderbook>;
type QuoteData = UpdateOf<typeof quotes>;
type Trade = UpdateOf<typeof trades>;

/**
 * Returns the bars received since the last gap, ascending by time: the current bar, the bars that follow and late
 * corrections; the last 1,000 of them by default. Load older bars in an effect when `isComplete` becomes true and whenever `gaps` changes. If both sources have
 * a bar of the same time, the bar from this hook is newer.
 */
export function useBars(params: ParamsOf<typeof bars> | Skip, options?: CollectionOptions): Collection<Bar> {
  const collection = useCollection(bars, params, options);
  return React.useMemo(() => {
    const items = [...collection.items].sort((one, other) => one.time - other.time);
    return { ...collection, items };
  }, [collection]);
}

/** The quotes of a watch list. */
export interface Quotes extends Omit<Collection<QuoteData>, "items"> {
  /** The latest quote by symbol. Unchanged quotes keep their identity. */
  readonly bySymbol: ReadonlyMap<string, QuoteData>;
}

/** The symbols of a watch list. Order and duplicates do not matter. */
export interface WatchList {
  /** Symbols updated about once a minute. @default none */
  readonly symbols?: readonly string[];
  /** Symbols updated on every change. @default none */
  readonly fast_symbols?: readonly string[];
}

/**
 * Returns the quotes of a watch list. Components with the same symbols share one subscription. When the list changes,
 * remaining symbols keep their quotes until the new subscription has sent them.
 */
export function useQuotes(list: WatchList | Skip, options?: { readonly flush?: Flush }): Quotes {
  const params = list && { symbols: sortedSet(list.symbols), fast_symbols: sortedSet(list.fast_symbols) };
  const { items, ...result } = useCollection(quotes, params, options);
  const names = params ? [...params.symbols, ...params.fast_symbols] : [];
  const client = useClient();
  // A new one for each client, because the quotes of another client are from another server.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const committed = React.useMemo<Committed<Quotes["bySymbol"]>>(() => ({}), [client]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: compares the names by value
  const bySymbol = React.useMemo(() => {
    const kept = result.isComplete ? [] : names.flatMap((name) => committed.current?.get(name) ?? []);
    return new Map([...kept, ...items].map((quote) => [quote.n, quote]));
  }, [committed, items, result.isComplete, JSON.stringify(names)]);
  useCommitted(committed, bySymbol);
  // A component in a hidden `<Activity>` has no subscription, so its quotes become outdated.
  React.useEffect(
    () => () => {
      committed.current = undefined;
    },
    [committed],
  );
  return { ...result, bySymbol };
}

/** Returns the last trades of a symbol since the component was mounted, oldest first. */
export function useTrades(params: ParamsOf<typeof trades> | Skip, options?: CollectionOptions): Collection<Trade> {
  return useCollection(trades, params, options);
}

/** Returns the order book of a symbol. */
export function useOrderbook<Value = OrderBook>(
  params: ParamsOf<typeof orderbook> | Skip,
  options?: TopicOptions<OrderBook, Value>,
): TopicValue<Value> {
  return useTopic(orderbook, params, options);
}

type AccountParams = ParamsOf<typeof orders>;
type KeyedOptions = Pick<CollectionOptions, "flush">;
type AccountState = UpdateOf<typeof account>;
type BrokerConnectionStatus = UpdateOf<typeof brokerConnection>;
type Equity = UpdateOf<typeof equity>;

/** Returns the orders of an account, including orders that finished since the last gap. */
export function useOrders(params: AccountParams | Skip, options?: KeyedOptions): Collection<UpdateOf<typeof orders>> {
  return useCollection(orders, params, options);
}

/** Returns the positions of an account; a position with `qty` 0 is flat. */
export function usePositions(
  params: AccountParams | Skip,
  options?: KeyedOptions,
): Collection<UpdateOf<typeof positions>> {
  return useCollection(positions, params, options);
}

/**
 * Returns the last fills of an account since the component was mounted, oldest first. The symbol null selects all symbols.
 */
export function useExecutions(
  params: ParamsOf<typeof executions> | Skip,
  options?: CollectionOptions,
): Collection<UpdateOf<typeof executions>> {
  return useCollection(executions, params, options);
}

/** Returns the equity of an account. */
export function useEquity<Value = Equity>(
  params: AccountParams | Skip,
  options?: TopicOptions<Equity, Value>,
): TopicValue<Value> {
  return useTopic(equity, params, options);
}

/** Returns the status of the broker's connection to its market. */
export function useBrokerConnection<Value = BrokerConnectionStatus>(
  params: AccountParams | Skip,
  options?: TopicOptions<BrokerConnectionStatus, Value>,
): TopicValue<Value> {
  return useTopic(brokerConnection, params, options);
}

/** Returns the balance, margin and leverage of an account. */
export function useAccount<Value = AccountState>(
  params: AccountParams | Skip,
  options?: TopicOptions<AccountState, Value>,
): TopicValue<Value> {
  return useTopic(account, params, options);
}

/** Returns the last notifications of an account since the component was mounted, oldest first. */
export function useNotifications(
  params: AccountParams | Skip,
  options?: CollectionOptions,
): Collection<UpdateOf<typeof notifications>> {
  return useCollection(notifications, params, options);
}

function sortedSet(symbols: readonly string[] = []): string[] {
  return [...new Set(symbols)].sort();
}
