export { buildTopicParams, type Float, float } from "./build-topic-params.js";
export { TopicError, type TopicErrorCode } from "./errors.js";
export { buildTopic, type ParsedTopic, parseTopic } from "./topic.js";
