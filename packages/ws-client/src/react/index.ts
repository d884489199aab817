"use client";

export { ClientProvider, type ClientProviderProps, useClient } from "./client-provider.js";
export type { RequestFrame } from "./frame-scheduler.js";
export {
  type Quotes,
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
export type { Collection, TopicResult } from "./topic-store.js";
export { type CollectionOptions, useCollection } from "./use-collection.js";
export { useConnection } from "./use-connection.js";
export {
  type TopicEventsOptions,
  type TopicOptions,
  type TopicValue,
  useTopic,
  useTopicEvents,
} from "./use-topic.js";
export { type Flush, type Skip, skip } from "./use-topic-store.js";
