export { type AsyncApiVersion, asyncApiDocument } from "./async-api/document.js";
export { type AsyncApiPaths, asyncApiHandler, type HttpHandler } from "./async-api/handler.js";
export { docsPage } from "./async-api/page.js";
export type { AsyncApiService } from "./async-api/service.js";
export type { Authenticator, Authorizer, Principal } from "./auth.js";
export { type Clock, systemClock } from "./clock.js";
export { type Codec, type EncodeUpdate, jsonCodec } from "./codec.js";
export { SourceError, WsServerError, type WsServerErrorCode } from "./errors.js";
export { Frame } from "./frame.js";
export { type HandshakeOptions, SUBPROTOCOL } from "./handshake.js";
export type { ConnectionInfo, Inspection, RouteStats, ServerStats, TopicInfo } from "./inspection.js";
export { type LogFields, type Logger, type LogLevel, legibleFields, lineLogger } from "./logger.js";
export {
  answer,
  defineModule,
  type Module,
  type Publish,
  type RequestContext,
  type ServedOperation,
  type ServedRoute,
  type ServedTopic,
  serve,
  type TopicSource,
} from "./modules.js";
export type { ClosedEvent, Observer, OperationEvent } from "./observer.js";
export type { ServerOptions } from "./options.js";
export { type OriginCheck, originCheck } from "./origins.js";
export { MemoryPubSub } from "./pub-sub/memory.js";
export type { Membership, PubSub, TopicRun } from "./pub-sub/pub-sub.js";
export { type Random, systemRandom } from "./random.js";
export { type Publication, Retention, type RetentionRule } from "./retention.js";
export type { RouteCounts } from "./route-counts.js";
export { createServer } from "./server.js";
export type { Socket, SocketHandlers } from "./socket.js";
export type {
  AcceptedClient,
  PublishedRoute,
  ServerAddress,
  ServerConnection,
  ServerCounts,
  StreamServer,
} from "./stream-server.js";
