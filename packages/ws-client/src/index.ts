export { type Client, createClient, type Listener, type TopicHandle } from "./client.js";
export type { RequestOptions } from "./commands.js";
export type { ConnectionState } from "./connection.js";
export { ClientError, type ClientErrorCode, type ClientErrorDetails } from "./errors.js";
export type { ClientInspection, TapEvent, TopicInspection } from "./inspection.js";
export type { ClientRoute, Gap, Position, TopicListener, TopicStatus, UpdateMeta } from "./listener.js";
export type {
  ClientOptions,
  Clock,
  GetToken,
  Random,
  Routes,
  SocketConstructor,
  SocketLike,
  TokenReason,
} from "./options.js";
export type { PageEvent, PageEvents } from "./page-events.js";
export type { Stop } from "./stop.js";
export type { StreamOptions } from "./stream.js";
export { type SavedTopic, type StorageLike, sessionTopics, type TopicStorage } from "./topic-storage.js";
