export type { ConnectionState } from "../connection/connection.js";
export type { Flush, FlushOptions } from "../stores/shared-store.js";
export type { TopicResult } from "../stores/store.js";
export type { Collection } from "../stores/topic-store.js";
export type { ItemsOptions, TopicValue, ValueOptions } from "../stores/topic-view.js";
export { clientKey, useClient } from "./client-key.js";
export { useConnection } from "./use-connection.js";
export { type Refs, useCollection, useTopic } from "./use-topic.js";
