export { type Clock, systemClock } from "./clock.js";
export { SourceError, WsServerError, type WsServerErrorCode } from "./errors.js";
export { type LogFields, type Logger, type LogLevel, lineLogger } from "./logger.js";
export { defineModule, type Module, type Publish, type ServedRoute, serve, type TopicSource } from "./modules.js";
export type { ServerOptions } from "./options.js";
export { createServer, type ServerAddress, type ServerCounts, type StreamServer } from "./server.js";
