"use client";

export type { CommandOptions, CommandState } from "../stores/command.js";
export type { OptimisticOrder } from "../stores/pending-commands.js";
export type { TopicResult } from "../stores/store.js";
export { ClientProvider, type ClientProviderProps, type RestRoutes, useClient, useRest } from "./client-provider.js";
export type { RequestFrame } from "./frame-scheduler.js";
export {
  type Quotes,
  type QuotesOptions,
  useAccount,
  useBars,
  useBrokerConnection,
  useEquity,
  useExecutions,
  useNotifications,
  useOrderbook,
  useOrders,
  usePositions,
  useQuotes,
  useTrades,
  type WatchList,
} from "./route-hooks.js";
export type { Flush, StoreOptions } from "./shared-store.js";
export type { Collection } from "./topic-store.js";
export { type BarHistoryHookOptions, type BarHistoryResult, useBarHistory } from "./use-bar-history.js";
export { type CollectionOptions, type SelectOptions, useCollection } from "./use-collection.js";
export {
  type CommandResult,
  type PositionToClose,
  useCancelOrder,
  useClosePosition,
  useModifyOrder,
  useOptimisticOrders,
  usePlaceOrder,
} from "./use-commands.js";
export { useConnection } from "./use-connection.js";
export { type QuoteOptions, useQuote } from "./use-quote.js";
export {
  type TopicEventsOptions,
  type TopicOptions,
  type TopicValue,
  useTopic,
  useTopicEvents,
} from "./use-topic.js";
export { type Skip, skip } from "./use-topic-store.js";
