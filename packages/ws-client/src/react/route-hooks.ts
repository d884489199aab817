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
import type { StoreOptions } from "../stores/shared-store.js";
import type { Collection } from "../stores/topic-store.js";
import type { SelectOptions, TopicValue } from "../stores/topic-view.js";
import { useClient } from "./client-provider.js";
import { type CollectionOptions, useCollection } from "./use-collection.js";
import { useSelection } from "./use-selection.js";
import { type TopicOptions, useTopic } from "./use-topic.js";
import { type Committed, type Skip, useCommitted, useTopicStore } from "./use-topic-store.js";

type Bar = UpdateOf<typeof bars>;
type OrderBook = UpdateOf<typeof orderbook>;
type QuoteData = UpdateOf<typeof quotes>;
type Trade = UpdateOf<typeof trades>;

/**
 * Returns the bars received since the last gap, ascending by time: the current bar, the bars that follow and late
 * corrections; the last 1,000 of them by default. For a chart, use `useBarHistory`, which also loads the bars before them.
 */
export function useBars<Items = readonly Bar[]>(
  params: ParamsOf<typeof bars> | Skip,
  { select, ...options }: CollectionOptions<Bar, Items> = {},
): Collection<Bar, Items> {
  const ascending = (items: readonly Bar[]) => [...items].sort((one, other) => one.time - other.time);
  return useCollection<ParamsOf<typeof bars>, Bar, Items>(bars, params, {
    ...options,
    select: (items) => (select ? select(ascending(items)) : (ascending(items) as Items)),
  });
}

/** The quotes of a watch list. @typeParam Selected what the option `select` returns */
export interface Quotes<Selected = ReadonlyMap<string, QuoteData>> extends Omit<Collection<QuoteData>, "items"> {
  /** The latest quote by symbol. Unchanged quotes keep their identity. */
  readonly bySymbol: Selected;
}

/** The symbols of a watch list. Order and duplicates do not matter. */
export interface WatchList {
  /** Symbols updated about once a minute. @default none */
  readonly symbols?: readonly string[];
  /** Symbols updated on every change. @default none */
  readonly fast_symbols?: readonly string[];
}

type BySymbol = ReadonlyMap<string, QuoteData>;

export interface QuotesOptions<Selected = BySymbol> extends StoreOptions, SelectOptions<BySymbol, Selected> {}

/**
 * Returns the quotes of a watch list. Components with the same symbols share one subscription. When the list changes,
 * remaining symbols keep their quotes until the new subscription has sent them. For one symbol, use `useQuote`.
 */
export function useQuotes<Selected = BySymbol>(
  list: WatchList | Skip,
  { select, isEqual = isSameMap, ...options }: QuotesOptions<Selected> = {},
): Quotes<Selected> {
  const params = list && { symbols: sortedSet(list.symbols), fast_symbols: sortedSet(list.fast_symbols) };
  const names = params ? [...params.symbols, ...params.fast_symbols] : [];
  const client = useClient();
  // A new one for each client, because the quotes of another client are from another server.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const committed = React.useMemo<Committed<BySymbol>>(() => ({}), [client]);
  const { all, ...result } = useSelection<Collection<QuoteData>, Quotes<Selected> & { all: BySymbol }>(
    useTopicStore(quotes, params, 1 / 0, options),
    ({ items, ...state }) => {
      const kept = state.isComplete ? [] : names.flatMap((name) => committed.current?.get(name) ?? []);
      const all = new Map([...kept, ...items].map((quote) => [quote.n, quote]));
      return { ...state, all, bySymbol: select ? select(all) : (all as Selected) };
    },
    (before, next) => {
      const { isComplete, gaps, all } = next;
      const isSame =
        isComplete === before.isComplete && gaps === before.gaps && isEqual(before.bySymbol, next.bySymbol);
      // Without a render, but the quotes to keep for the next list are the latest ones.
      if (isSame) before.all = all;
      return isSame;
    },
  );
  useCommitted(committed, all);
  // A component in a hidden `<Activity>` has no subscription, so its quotes become outdated.
  React.useEffect(
    () => () => {
      committed.current = undefined;
    },
    [committed],
  );
  return result;
}

/** Returns the last trades of a symbol since the component was mounted, oldest first. */
export function useTrades<Items = readonly Trade[]>(
  params: ParamsOf<typeof trades> | Skip,
  options?: CollectionOptions<Trade, Items>,
): Collection<Trade, Items> {
  return useCollection(trades, params, options);
}

/** Returns the order book of a symbol. */
export function useOrderbook<Value = OrderBook>(
  params: ParamsOf<typeof orderbook> | Skip,
  options?: TopicOptions<OrderBook, Value>,
): TopicValue<Value> {
  return useTopic(orderbook, params, options);
}

export type AccountParams = ParamsOf<typeof orders>;
type KeyedOptions<Item, Items> = Omit<CollectionOptions<Item, Items>, "last">;
type Order = UpdateOf<typeof orders>;
type Position = UpdateOf<typeof positions>;
type Execution = UpdateOf<typeof executions>;
type Notification = UpdateOf<typeof notifications>;
type AccountState = UpdateOf<typeof account>;
type BrokerConnectionStatus = UpdateOf<typeof brokerConnection>;
type Equity = UpdateOf<typeof equity>;

/** Returns the orders of an account, including orders that finished since the last gap. */
export function useOrders<Items = readonly Order[]>(
  params: AccountParams | Skip,
  options?: KeyedOptions<Order, Items>,
): Collection<Order, Items> {
  return useCollection(orders, params, options);
}

/** Returns the positions of an account; a position with `qty` 0 is flat. */
export function usePositions<Items = readonly Position[]>(
  params: AccountParams | Skip,
  options?: KeyedOptions<Position, Items>,
): Collection<Position, Items> {
  return useCollection(positions, params, options);
}

/**
 * Returns the last fills of an account since the component was mounted, oldest first. The symbol null selects all symbols.
 */
export function useExecutions<Items = readonly Execution[]>(
  params: ParamsOf<typeof executions> | Skip,
  options?: CollectionOptions<Execution, Items>,
): Collection<Execution, Items> {
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
export function useNotifications<Items = readonly Notification[]>(
  params: AccountParams | Skip,
  options?: CollectionOptions<Notification, Items>,
): Collection<Notification, Items> {
  return useCollection(notifications, params, options);
}

function sortedSet(symbols: readonly string[] = []): string[] {
  return [...new Set(symbols)].sort();
}

/** Returns whether two values are the same, or maps with the same values. */
function isSameMap(one: unknown, other: unknown): boolean {
  if (!(one instanceof Map && other instanceof Map)) return Object.is(one, other);
  return one.size === other.size && [...one].every(([key, value]) => Object.is(value, other.get(key)));
}
