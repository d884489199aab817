import type { Authenticator, Authorizer } from "../auth/auth.js";
import type { HandshakeOptions } from "../handshake/handshake.js";
import type { ClientLimits } from "../limits/client-limits.js";
import type { Observer } from "../observability/observer.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Random } from "../platform/random.js";
import type { Codec } from "../topics/codec.js";
import type { PubSub } from "../topics/pub-sub/pub-sub.js";
import type { Module } from "./modules.js";

/** The options of {@link createServer}. Sizes are in bytes, durations in milliseconds. 0 turns a limit off where noted. */
export interface ServerOptions extends HandshakeOptions {
  /** The service's name, for the AsyncAPI documents, `session.welcome` and plain HTTP requests to the endpoint. */
  readonly title: string;
  /** The service's version, shown with the title. */
  readonly version: string;
  /** One or more sentences for the AsyncAPI documents. @default "" */
  readonly description?: string;
  /** The modules to serve. */
  readonly modules: readonly Module[];
  /** The endpoint's path. @default "/api/v1/ws" */
  readonly path?: string;
  /** Whether to also serve each module by itself, at `/api/v1/{module}/ws`. @default true */
  readonly moduleEndpoints?: boolean;
  /** Whether to also accept the legacy dialects of `bars` and `executions`. @default true */
  readonly legacyDialects?: boolean;
  /** Path of the AsyncAPI document; "" = not served. @default "/api/v1/ws/asyncapi.json" */
  readonly asyncApiPath?: string;
  /** Path of the documentation page; "" = not served. @default "/api/v1/ws/asyncapi" */
  readonly docsPath?: string;

  /** Verifies a token and returns its principal. @default no token is accepted */
  readonly authenticate?: Authenticator;
  /** Authorizes access to private routes and operations. Required if a module has any. */
  readonly authorize?: Authorizer;
  /** Time before a token expires at which its client is notified. @default 60_000 */
  readonly authExpiringMs?: number;

  /**
   * Time without a frame from the client after which the connection is closed: with 1003, or with 4203 for clients with
   * the session extension, whose pongs count as frames. 0 turns it off.
   * @default 30_000
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * Maximum lifespan of a connection, after which it is closed so that clients spread over the servers again: with 1003,
   * or with 4201 at 80 to 100 % of it for clients with the session extension. 0 turns it off.
   * @default 3_600_000
   */
  readonly maxConnectionLifespanMs?: number;
  /**
   * Time limit for a source to start, from the arrival of the subscribe request; then the reply is `source_unavailable`.
   * `authenticate` and `authorize` have the same limit. Legacy clients give up after 3,000. 0 turns it off.
   * @default 2_500
   */
  readonly startTimeoutMs?: number;
  /**
   * Time for which a source and its retained updates stay alive after the last subscriber has left. 0 = they end
   * immediately.
   * @default 30_000
   */
  readonly lingerMs?: number;
  /**
   * Time limit for a client of `listen` to send its handshake request; then it is disconnected. With `attach`, set the
   * HTTP server's `headersTimeout` instead. 0 turns it off.
   * @default 10_000
   */
  readonly handshakeTimeoutMs?: number;
  /** Time for clients to disconnect by themselves before `close` closes their connections. 0 = none. @default 0 */
  readonly drainMs?: number;

  /** Maximum size of a frame from a client; a larger one closes the connection with 1009. At least 1. @default 65_536 */
  readonly maxFrameBytes?: number;
  /** Maximum length of a topic in characters; a longer one is refused with `topic_too_long`. 0 turns it off. @default 16_384 */
  readonly maxTopicLength?: number;
  /** Maximum subscriptions per connection; one more is refused with `too_many_subscriptions`. 0 turns it off. @default 1_000 */
  readonly maxSubscriptions?: number;
  /**
   * Maximum total length, in characters, of the topics of one connection; above it, a subscribe is refused with
   * `too_many_subscriptions`. 0 turns it off.
   * @default 4_194_304
   */
  readonly maxTopicCharacters?: number;
  /**
   * Maximum number of items in the lists of the parameters of one connection's topics, such as symbols; above it, a subscribe
   * is refused with `too_many_subscriptions`. 0 turns it off.
   * @default 10_000
   */
  readonly maxListItems?: number;
  /**
   * Maximum memory of the updates that the topics of one connection retain; above it, a subscribe is refused with
   * `too_many_subscriptions`. 0 turns it off.
   * @default 134_217_728
   */
  readonly maxSubscribedBytes?: number;
  /**
   * Limits of a connection before its login, if there is an `authenticate`.
   * @default 100 subscriptions, 65_536 topic characters, 1_000 list items, 16_777_216 subscribed bytes, 50 requests per second, burst 300
   */
  readonly anonymousLimits?: Partial<ClientLimits>;
  /**
   * Limits of all connections of one address before their login, together. Without `trustedProxies` they apply to public
   * addresses, because behind an unknown proxy in a private network all clients have one address.
   * @default 1_000 subscriptions, 524_288 topic characters, 5_000 list items, 67_108_864 subscribed bytes, 500 requests per second, burst 3_000
   */
  readonly addressLimits?: Partial<ClientLimits>;
  /**
   * Limits of all connections of one principal, together.
   * @default 5_000 subscriptions, 16_777_216 topic characters, 50_000 list items, 268_435_456 subscribed bytes, 500 requests per second, burst 6_000
   */
  readonly principalLimits?: Partial<ClientLimits>;
  /**
   * Maximum number of running topics. For one more, a topic without subscribers is ended; if there is none, it is refused
   * with `too_many_topics`. Topics linger for a shorter time once half of them run. 0 turns it off.
   * @default 100_000
   */
  readonly maxTopics?: number;
  /** Maximum memory of the retained updates of all topics, enforced like `maxTopics`. 0 turns it off. @default 536_870_912 */
  readonly maxRetainedBytes?: number;
  /**
   * Maximum memory of one topic's retained updates; the oldest are evicted first, so that older positions can no longer be
   * recovered. 0 turns it off.
   * @default 16_777_216
   */
  readonly maxRetainedBytesPerTopic?: number;
  /**
   * Maximum requests per second of one connection after a burst of `maxRequestBurst`; reading pauses above it. Each
   * 16 KiB count as one more request. Pings and pongs have a separate bucket of the same rate; above it, the connection is closed with
   * 1008. 0 turns it off.
   * @default 100
   */
  readonly maxRequestsPerSecond?: number;
  /** Maximum burst of requests of one connection. At least 1. @default 1_200 */
  readonly maxRequestBurst?: number;
  /**
   * Maximum errors of a session connection, of which one is forgiven every ten seconds; one more closes the connection
   * with 4102. 0 turns it off.
   * @default 16
   */
  readonly maxErrors?: number;
  /**
   * Maximum unsent bytes of one connection. Above it, no updates are queued: once the connection drains, it continues from
   * the updates that its topics retain, so superseded updates are never sent. Its requests are not read in the meantime.
   * If a topic no longer retains an update that the client needs, the connection is closed with 1013 or 4101. 0 turns it
   * off.
   * @default 1_048_576
   */
  readonly maxBufferedBytes?: number;
  /**
   * Maximum time of a round of writing to all connections and of the wait before it, in milliseconds. The wait, in which updates are
   * batched, is applied only while the event loop is not idle and writing takes more than half of the time. It is half as long as the
   * last round took, less the idle time, and at least 5 ms. After a round that took longer there is none. 0 turns it off.
   * @default 20
   */
  readonly maxBatchDelayMs?: number;
  /**
   * Maximum length of a message with several frames, in bytes. Only clients that request such messages get them, and none that is
   * longer than they accept. A longer frame is sent alone. 0 turns it off.
   * @default 65_536
   */
  readonly maxBatchBytes?: number;
  /** Maximum number of connections; one more is refused with 503. 0 turns it off. @default 0 */
  readonly maxConnections?: number;
  /**
   * Maximum connections per address; one more is refused with 429. Applies to the same addresses as `addressLimits`. 0 turns
   * it off.
   * @default 1_000
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Whether to compress messages for clients that offer it. This costs much CPU per delivery, because each connection
   * compresses by itself.
   * @default false
   */
  readonly perMessageDeflate?: boolean;

  /** Observers for metrics and traces. @default none */
  readonly observers?: readonly Observer[];
  /** Logger for warnings and errors. @default JSON lines on standard error */
  readonly logger?: Logger;
  /** Time source. @default the system clock */
  readonly clock?: Clock;
  /** Random source. @default the system's */
  readonly random?: Random;
  /** Carries publications to this server's connections. @default in memory, within this process */
  readonly pubSub?: PubSub;
  /** Message encoding: `compactCodec()` for clients that request compact updates. @default JSON text */
  readonly codec?: Codec;
}

/** The options that `setLimits` can change while the server runs. */
export type ServerLimits = Pick<
  ServerOptions,
  | "maxSubscriptions"
  | "maxTopicCharacters"
  | "maxListItems"
  | "maxSubscribedBytes"
  | "maxRequestsPerSecond"
  | "maxRequestBurst"
  | "maxErrors"
  | "anonymousLimits"
  | "addressLimits"
  | "principalLimits"
  | "maxTopics"
  | "maxRetainedBytes"
  | "lingerMs"
  | "maxBufferedBytes"
  | "maxConnections"
  | "maxConnectionsPerAddress"
>;

type Optional =
  | "anonymousLimits"
  | "addressLimits"
  | "principalLimits"
  | "authenticate"
  | "authorize"
  | "allowedOrigins"
  | "allowedHosts"
  | "cookieName"
  | "trustedProxies";

/** The options with all defaults applied. */
export type ResolvedOptions = Required<Omit<ServerOptions, Optional>> & Pick<ServerOptions, Optional>;
