"use client";

export type { CommandOptions, CommandState } from "../stores/command.js";
export type { RequestFrame } from "../stores/frame-scheduler.js";
export type { OptimisticOrder } from "../stores/pending-commands.js";
export type { Flush, StoreOptions } from "../stores/shared-store.js";
export type { TopicResult } from "../stores/store.js";
export type { Collection } from "../stores/topic-store.js";
export type { SelectOptions, TopicValue } from "../stores/topic-view.js";
export { ClientProvider, type ClientProviderProps, type RestRoutes, useClient, useRest } from "./client-provider.js";
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
export { type BarHistoryHookOptions, type BarHistoryResult, useBarHistory } from "./use-bar-history.js";
export { type CollectionOptions, useCollection } from "./use-collection.js";
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
  useTopic,
  useTopicEvents,
} from "./use-topic.js";
export { type Skip, skip } from "./use-topic-store.js";
