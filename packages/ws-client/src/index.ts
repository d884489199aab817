export { type Client, createClient, type Listener, type TopicHandle } from "./client.js";
export type { ConnectionState } from "./connection/connection.js";
export type { PageEvent, PageEvents } from "./connection/page-events.js";
export { ClientError, type ClientErrorCode, type ClientErrorDetails } from "./errors.js";
export type { ClientInspection, TapEvent, TopicInspection } from "./inspection.js";
export type {
  ClientCodec,
  ClientOptions,
  GetToken,
  Random,
  Routes,
  SocketConstructor,
  SocketLike,
  TokenReason,
} from "./options.js";
export type { RequestOptions } from "./requests/application-requests.js";
export type { Stop } from "./stop.js";
export type {
  ClientRoute,
  Gap,
  Position,
  Resume,
  TopicListener,
  TopicStatus,
  UpdateMeta,
} from "./subscriptions/listener.js";
export type { StreamOptions } from "./subscriptions/stream.js";
export {
  type SavedTopic,
  type StorageLike,
  sessionTopics,
  type TopicOwner,
  type TopicStorage,
} from "./subscriptions/topic-storage.js";
export type { Clock } from "./timers.js";
