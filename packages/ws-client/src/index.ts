export { type Client, createClient, type Stop, type TopicHandle } from "./client.js";
export type { ConnectionState } from "./connection.js";
export { ClientError, type ClientErrorCode, type ClientErrorDetails } from "./errors.js";
export type { ClientOptions, Clock, Random, SocketConstructor, SocketLike } from "./options.js";
export type { ClientRoute, TopicListener, TopicStatus } from "./subscription.js";
