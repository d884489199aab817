export type { ConnectionState } from "../connection/connection.js";
export type { Flush, FlushOptions } from "../stores/shared-store.js";
export type { TopicResult } from "../stores/store.js";
export type { Collection } from "../stores/topic-store.js";
export type { ItemsOptions, TopicValue, ValueOptions } from "../stores/topic-view.js";
export { provideClient, useClient } from "./client-context.js";
export { useConnection } from "./use-connection.js";
export { type Current, useCollection, useTopic } from "./use-topic.js";
