export { buildTopicParams, type Float, float } from "./build-topic-params.js";
export { type CloseCode, closeCodes, type Reconnect, reconnectAfter } from "./close-codes.js";
export {
  CONNECTION_STATUS,
  ORDER_STATUS,
  ORDER_TYPE,
  PARENT_TYPE,
  RESOLUTIONS,
  SIDE,
  TIMES_IN_FORCE,
} from "./constants.js";
export { ContractError, type ContractViolation } from "./contract.js";
export { TopicError, type TopicErrorCode } from "./errors.js";
export type { Field, Fields } from "./fields.js";
export type { ParseLimits } from "./frame-limits.js";
export { FINISHED_FOR_MS, isFinished, type Keep } from "./keep.js";
export { encodeMessage, parseMessage } from "./message-codec.js";
export {
  type ErrorPayload,
  envelope,
  errorPayload,
  type Message,
  messageId,
  type Position,
  type SessionMessageType,
  type SessionPayload,
  type SubscriptionReply,
  sessionMessages,
  subscriptionReply,
  updatePayload,
} from "./messages.js";
export type { ParamsSchema } from "./params-schema.js";
export {
  defineOperation,
  defineRoute,
  type Operation,
  type Route,
  type RouteDefinition,
} from "./route.js";
export * from "./routes/index.js";
export {
  type Access,
  defineOperationShape,
  defineShape,
  type OperationShape,
  type ParamsOf,
  type RouteShape,
  SINGLE_KEY,
  type Snapshot,
  type UpdateOf,
} from "./shape.js";
export { buildTopic, type ParsedTopic, parseTopic } from "./topic.js";
export type {
  AccountPosition,
  AccountState,
  Bar,
  BookLevel,
  BrokerConnectionStatus,
  ConnectionStatus,
  Equity,
  ErrorQuote,
  Execution,
  Notification,
  OkQuote,
  OrderBook,
  OrderStatus,
  OrderType,
  ParentType,
  PlacedOrder,
  QuoteData,
  Resolution,
  Side,
  TimeInForce,
  Trade,
} from "./update-types.js";
