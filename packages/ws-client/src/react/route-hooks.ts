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
import { useMemo, useRef } from "react";
import type { Collection } from "./topic-store.js";
import { type CollectionOptions, useCollection } from "./use-collection.js";
import { type TopicOptions, type TopicValue, useTopic } from "./use-topic.js";
import { type Flush, type Skip, useCommit } from "./use-topic-store.js";

type Bar = UpdateOf<typeof bars>;
type OrderBook = UpdateOf<typeof orderbook>;
type QuoteData = UpdateOf<typeof quotes>;
type Trade = UpdateOf<typeof trades>;

/**
 * The bars of a symbol that were heard of since the last gap, ascending by time: the current one first, then those that
 * follow and late corrections. Older ones are for the application to load, when `isComplete` turns true and each time
 * `gaps` changes; where both have a bar, this one is the newer.
 */
export function useBars(
  params: ParamsOf<typeof bars> | Skip,
  options?: Pick<CollectionOptions, "flush">,
): Collection<Bar> {
  const collection = useCollection(bars, params, options);
  return useMemo(() => {
    const items = [...collection.items].sort((one, other) => one.time - other.time);
    return { ...collection, items };
  }, [collection]);
}

/** What is known of a watch list. */
export interface Quotes extends Omit<Collection<QuoteData>, "items"> {
  /** The latest quote of each symbol that has one. What has not changed stays the same object. */
  readonly bySymbol: ReadonlyMap<string, QuoteData>;
}

/** A watch list: the order of symbols, and how often one is named, does not matter. */
export interface WatchList {
  /** Told about once a minute. @default none */
  readonly symbols?: readonly string[];
  /** Told about at every change. @default none */
  readonly fast_symbols?: readonly string[];
}

/**
 * The quotes of a watch list, from one subscription that all components with the same symbols share. When the list changes,
 * symbols that stay keep their quote until the new one has come.
 */
export function useQuotes(list: WatchList | Skip, options?: { readonly flush?: Flush }): Quotes {
  const params = list && { symbols: setOf(list.symbols), fast_symbols: setOf(list.fast_symbols) };
  const { items, ...result } = useCollection(quotes, params, options);
  const names = params ? [...params.symbols, ...params.fast_symbols] : [];
  const shown = useRef<Quotes["bySymbol"]>(new Map());
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the names
  const bySymbol = useMemo(() => {
    const kept = result.isComplete ? [] : names.flatMap((name) => shown.current.get(name) ?? []);
    return new Map([...kept, ...items].map((quote) => [quote.n, quote]));
  }, [items, result.isComplete, JSON.stringify(names)]);
  useCommit(shown, bySymbol);
  return { ...result, bySymbol };
}

/** The last trades of a symbol since the component was mounted, oldest first. */
export function useTrades(params: ParamsOf<typeof trades> | Skip, options?: CollectionOptions): Collection<Trade> {
  return useCollection(trades, params, options);
}

/** The order book of a symbol. */
export function useOrderbook<Value = OrderBook>(
  params: ParamsOf<typeof orderbook> | Skip,
  options?: TopicOptions<OrderBook, Value>,
): TopicValue<Value> {
  return useTopic(orderbook, params, options);
}

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

function setOf(symbols: readonly string[] = []): string[] {
  return [...new Set(symbols)].sort();
}
