/** Limits of one client: of a connection, or of several connections together. 0 turns a limit off. */
export interface ClientLimits {
  /** Maximum number of subscriptions; one more is refused with `too_many_subscriptions`. */
  readonly maxSubscriptions: number;
  /** Maximum total length of the subscribed topics in characters: a topic with a long list counts as much as many topics. */
  readonly maxTopicCharacters: number;
  /**
   * Maximum number of items in the lists of the subscribed topics' parameters, such as symbols. Each of them costs a source
   * work, and the same symbols in another order are another topic.
   */
  readonly maxListItems: number;
  /** Maximum memory, in bytes, of the updates that the subscribed topics retain. */
  readonly maxSubscribedBytes: number;
  /** Maximum requests per second after a burst; reading pauses above it. Each 16 KiB count as one more. */
  readonly maxRequestsPerSecond: number;
  /** Maximum burst of requests. At least 1. */
  readonly maxRequestBurst: number;
}

/** The connections to which limits apply together. */
export type LimitScope = "connection" | "anonymous" | "address" | "principal";

/** The limits of each scope. */
export type LimitsByScope = Readonly<Record<LimitScope, ClientLimits>>;

/** The default limits of a connection. */
export const CONNECTION_LIMITS: ClientLimits = {
  maxSubscriptions: 1_000,
  maxTopicCharacters: 4_194_304,
  maxListItems: 10_000,
  maxSubscribedBytes: 134_217_728,
  maxRequestsPerSecond: 100,
  maxRequestBurst: 1_200,
};

/** The default limits of a connection without a login, on a server with logins. */
export const ANONYMOUS_LIMITS: ClientLimits = {
  maxSubscriptions: 100,
  maxTopicCharacters: 65_536,
  maxListItems: 1_000,
  maxSubscribedBytes: 16_777_216,
  maxRequestsPerSecond: 50,
  maxRequestBurst: 300,
};

/** The default limits of all connections of one address without a login. */
export const ADDRESS_LIMITS: ClientLimits = {
  maxSubscriptions: 1_000,
  maxTopicCharacters: 524_288,
  maxListItems: 5_000,
  maxSubscribedBytes: 67_108_864,
  maxRequestsPerSecond: 500,
  maxRequestBurst: 3_000,
};

/** The default limits of all connections of one principal. */
export const PRINCIPAL_LIMITS: ClientLimits = {
  maxSubscriptions: 5_000,
  maxTopicCharacters: 16_777_216,
  maxListItems: 50_000,
  maxSubscribedBytes: 268_435_456,
  maxRequestsPerSecond: 500,
  maxRequestBurst: 6_000,
};

/** Limits that are all off. */
export const NO_LIMITS: ClientLimits = {
  maxSubscriptions: 0,
  maxTopicCharacters: 0,
  maxListItems: 0,
  maxSubscribedBytes: 0,
  maxRequestsPerSecond: 0,
  maxRequestBurst: 1,
};
