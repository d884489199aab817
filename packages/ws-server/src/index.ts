export { Retention, type RetentionRule } from "@trading/topic/retention";
export { type AsyncApiVersion, asyncApiDocument } from "./async-api/document.js";
export { type AsyncApiPaths, asyncApiHandler, type HttpHandler } from "./async-api/handler.js";
export { docsPage } from "./async-api/page.js";
export type { AsyncApiService } from "./async-api/service.js";
export type { Authenticator, Authorizer, Principal } from "./auth/auth.js";
export type { Revocation } from "./auth/revocations.js";
export { Flow } from "./connection/flow-queue.js";
export { RequestGroup, type RequestHandler, RequestScheduler } from "./connection/request-scheduler.js";
export type { Socket, SocketHandlers } from "./connection/socket.js";
export { SourceError, WsServerError, type WsServerErrorCode } from "./errors.js";
export {
  addressGroup,
  clientAddress,
  type LimitedAddresses,
  limitedAddresses,
  type TrustedProxies,
  trustedProxies,
} from "./handshake/addresses.js";
export { COMPACT_SUBPROTOCOL, type HandshakeOptions, SUBPROTOCOL } from "./handshake/handshake.js";
export { type HostCheck, hostCheck, isLoopbackName } from "./handshake/hosts.js";
export { type OriginCheck, originCheck } from "./handshake/origins.js";
export type { ClientLimits } from "./limits/client-limits.js";
export type { ConnectionInfo, Inspection, RouteStats, ServerStats, TopicInfo } from "./observability/inspection.js";
export type {
  ClosedEvent,
  LimitEvent,
  LoginEvent,
  Observer,
  OperationEvent,
  RefusedHandshakeEvent,
  RefusedLoginEvent,
} from "./observability/observer.js";
export type { RouteCounts } from "./observability/route-counts.js";
export { type Clock, systemClock } from "./platform/clock.js";
export { type LogFields, type Logger, type LogLevel, lineLogger, sanitizeFields } from "./platform/logger.js";
export { type Random, systemRandom } from "./platform/random.js";
export {
  defineModule,
  type Module,
  type Publish,
  type RequestContext,
  type ServedOperation,
  type ServedRoute,
  type ServedTopic,
  type ServeOptions,
  serve,
  serveOperation,
  type TopicCleanup,
  type TopicSource,
} from "./server/modules.js";
export type { ServerLimits, ServerOptions } from "./server/options.js";
export { createServer } from "./server/server.js";
export type {
  AcceptedClient,
  AttachOptions,
  PublishedRoute,
  ServerAddress,
  ServerConnection,
  ServerCounts,
  StreamServer,
} from "./server/stream-server.js";
export { type Codec, jsonCodec, type UpdateEncoder } from "./topics/codec.js";
export { compactCodec } from "./topics/compact-codec.js";
export type { CompactForm, Layout, ObjectLayout } from "./topics/compact-layout.js";
export { Frame } from "./topics/frame.js";
export { MemoryPubSub } from "./topics/pub-sub/memory.js";
export type {
  Member,
  Membership,
  PubSub,
  StartableTopic,
  StartableTopics,
  TopicDescriptor,
} from "./topics/pub-sub/pub-sub.js";
export type { Publication } from "./topics/publication.js";
export type { EndReason, TopicListener } from "./topics/topic-follower.js";
export { SharedText } from "./topics/update-text.js";
