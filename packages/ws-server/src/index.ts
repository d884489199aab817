export type { Authenticator, Authorizer, Principal } from "./auth.js";
export { type Clock, systemClock } from "./clock.js";
export { SourceError, WsServerError, type WsServerErrorCode } from "./errors.js";
export { type LogFields, type Logger, type LogLevel, lineLogger } from "./logger.js";
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
export { type Random, systemRandom } from "./random.js";
export { createServer, type ServerAddress, type ServerCounts, type StreamServer } from "./server.js";
