export {
  useAccount,
  useBrokerConnection,
  useEquity,
  useExecutions,
  useNotifications,
  useOrders,
  usePositions,
} from "./broker-hooks.js";
export { ClientProvider, type ClientProviderProps, useClient } from "./client-provider.js";
export {
  type Quotes,
  useBars,
  useOrderbook,
  useQuotes,
  useTrades,
  type WatchList,
} from "./datafeed-hooks.js";
export type { RequestFrame } from "./frames.js";
export type { Collection, TopicResult } from "./topic-store.js";
export { type CollectionOptions, useCollection } from "./use-collection.js";
export { useConnection } from "./use-connection.js";
export { type Flush, type Skip, skip } from "./use-source.js";
export { type TopicOptions, type TopicValue, useTopic } from "./use-topic.js";
export { type TopicEventsOptions, useTopicEvents } from "./use-topic-events.js";
