export { ClientProvider, type ClientProviderProps, useClient } from "./client-provider.js";
export type { RequestFrame } from "./frames.js";
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
} from "./origin-hooks.js";
export type { Collection, TopicResult } from "./topic-store.js";
export { type CollectionOptions, useCollection } from "./use-collection.js";
export { useConnection } from "./use-connection.js";
export { type Flush, type Skip, skip } from "./use-source.js";
export {
  type TopicEventsOptions,
  type TopicOptions,
  type TopicValue,
  useTopic,
  useTopicEvents,
} from "./use-topic.js";
