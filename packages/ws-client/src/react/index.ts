export { ClientProvider, useClient } from "./client-provider.js";
export { useConnection } from "./use-connection.js";
export { type TopicResult, type TopicValue, useTopic, useTopicEvents } from "./use-topic.js";
