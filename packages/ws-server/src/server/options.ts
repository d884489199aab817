import type { Authenticator, Authorizer } from "../auth/auth.js";
import { WsServerError } from "../errors.js";
import type { HandshakeOptions } from "../handshake/handshake.js";
import type { Observer } from "../observability/observer.js";
import type { Clock } from "../platform/clock.js";
import { systemClock } from "../platform/clock.js";
import { type Logger, lineLogger } from "../platform/logger.js";
import { type Random, systemRandom } from "../platform/random.js";
import { type Codec, jsonCodec } from "../topics/codec.js";
import { MemoryPubSub } from "../topics/pub-sub/memory.js";
import type { PubSub } from "../topics/pub-sub/pub-sub.js";
import type { Module } from "./modules.js";

/** What {@link createServer} takes. Sizes are bytes, durations milliseconds; 0 turns a limit off where that is said. */
export interface ServerOptions extends HandshakeOptions {
  /** The service's name, in the documents, in `session.welcome` and for whoever asks the endpoint over plain HTTP. */
  readonly title: string;
  /** The service's version, told beside the title. */
  readonly version: string;
  /** One or more sentences for the documents. @default "" */
  readonly description?: string;
  /** The modules whose routes are served. */
  readonly modules: readonly Module[];
  /** The endpoint's path. @default "/api/v1/ws" */
  readonly path?: string;
  /** Serve each module alone too, at `/api/v1/{module}/ws`. @default true */
  readonly moduleEndpoints?: boolean;
  /** Serve the origin's older dialects of `bars` and `executions` beside ours. @default true */
  readonly legacyDialects?: boolean;
  /** Where the AsyncAPI document is; "" = nowhere. @default "/api/v1/ws/asyncapi.json" */
  readonly asyncApiPath?: string;
  /** Where its page is; "" = nowhere. @default "/api/v1/ws/asyncapi" */
  readonly docsPath?: string;

  /** Tells who a token stands for. @default no token is accepted */
  readonly authenticate?: Authenticator;
  /** Decides who may use what is private. Needed as soon as a module has something private. */
  readonly authorize?: Authorizer;
  /** How long before its end a client is told that its token runs out. @default 60_000 */
  readonly authExpiringMs?: number;

  /**
   * A client silent for this long is closed: with 1003, or 4203 where it has the session extension, whose pongs count.
   * 0 turns it off.
   * @default 30_000
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * A connection this old is closed, so that clients spread anew: with 1003, or with 4201 at 80 to 100 % of it. 0 turns
   * it off.
   * @default 3_600_000
   */
  readonly maxConnectionLifespanMs?: number;
  /**
   * How long a subscribe request waits for its source, from its arrival; past it the reply is `source_unavailable`.
   * `authenticate` and `authorize` are waited for as long. Clients of the origin give up at 3,000. 0 turns it off.
   * @default 2_500
   */
  readonly startTimeoutMs?: number;
  /** How long a source and what it has published live on after the last subscriber has left. 0 = not at all. @default 30_000 */
  readonly lingerMs?: number;
  /**
   * How long a client of `listen` may take to send the head of its handshake; past it it is cut. On an HTTP server of
   * yours that is the server's `headersTimeout`. 0 turns it off.
   * @default 10_000
   */
  readonly handshakeTimeoutMs?: number;
  /** How long `close` lets clients leave by themselves before it closes them. 0 = not at all. @default 0 */
  readonly drainMs?: number;

  /** The largest frame a client may send; a larger one is closed with 1009. @default 65_536 */
  readonly maxFrameBytes?: number;
  /** Characters of a topic; a longer one is refused with `topic_too_long`. 0 turns it off. @default 16_384 */
  readonly maxTopicLength?: number;
  /** Topics one connection may hold; one more is refused with `too_many_subscriptions`. 0 turns it off. @default 1_000 */
  readonly maxSubscriptions?: number;
  /** Topics that may run at once; one more is refused with `too_many_topics`. 0 turns it off. @default 100_000 */
  readonly maxTopics?: number;
  /** Requests a second of one connection, past `maxRequestBurst`: then it is not read for a while. 0 turns it off. @default 100 */
  readonly maxRequestsPerSecond?: number;
  /** Requests at once of one connection that was quiet. @default 1_200 */
  readonly maxRequestBurst?: number;
  /**
   * Bad frames that a session connection may send, one more each ten seconds; past it is closed with 4102. 0 turns it off.
   * @default 16
   */
  readonly maxErrors?: number;
  /**
   * Bytes that may wait for one client's network. Past it updates are not queued but read from what their topics keep
   * once it drains, so superseded ones are never sent, and its requests wait unread. Where a topic could not keep what it
   * missed, it is closed with 1013 or 4101. 0 turns it off.
   * @default 1_048_576
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long updates may be gathered while writing takes more than half of the time. A server with time to spare never
   * waits. 0 turns it off.
   * @default 5
   */
  readonly maxBatchDelayMs?: number;
  /** Connections in total; one more is refused with 503. 0 turns it off. @default 0 */
  readonly maxConnections?: number;
  /** Connections of one address; one more is refused with 429. Needs `trustedProxies`. 0 turns it off. @default 0 */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Compress messages for clients that offer it. It costs much CPU for each delivery, since nothing is shared.
   * @default false
   */
  readonly perMessageDeflate?: boolean;

  /** Told of what happens, for metrics and traces. @default none */
  readonly observers?: readonly Observer[];
  /** Where errors of sources go. @default warnings and errors as JSON lines on standard error */
  readonly logger?: Logger;
  /** Time. @default the computer's clock */
  readonly clock?: Clock;
  /** Chance. @default the computer's own */
  readonly random?: Random;
  /** What carries publications to this server's connections. @default this process's memory */
  readonly pubSub?: PubSub;
  /** How messages are written. @default JSON text */
  readonly codec?: Codec;
}

type Optional = "authenticate" | "authorize" | "allowedOrigins" | "cookieName" | "trustedProxies";

/** The options with every default in place. */
export type ResolvedOptions = Required<Omit<ServerOptions, Optional>> & Pick<ServerOptions, Optional>;

const DEFAULTS = {
  description: "",
  path: "/api/v1/ws",
  moduleEndpoints: true,
  legacyDialects: true,
  asyncApiPath: "/api/v1/ws/asyncapi.json",
  docsPath: "/api/v1/ws/asyncapi",
  authExpiringMs: 60_000,
  heartbeatIntervalMs: 30_000,
  maxConnectionLifespanMs: 3_600_000,
  startTimeoutMs: 2_500,
  lingerMs: 30_000,
  handshakeTimeoutMs: 10_000,
  drainMs: 0,
  maxFrameBytes: 65_536,
  maxTopicLength: 16_384,
  maxSubscriptions: 1_000,
  maxTopics: 100_000,
  maxRequestsPerSecond: 100,
  maxRequestBurst: 1_200,
  maxErrors: 16,
  maxBufferedBytes: 1_048_576,
  maxBatchDelayMs: 5,
  maxConnections: 0,
  maxConnectionsPerAddress: 0,
  perMessageDeflate: false,
  observers: [],
  clock: systemClock,
  random: systemRandom,
  codec: jsonCodec,
};

const AT_LEAST_ONE = new Set(["maxFrameBytes", "maxRequestBurst"]);

/** @throws WsServerError `invalid_option`, naming the option and what it was */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  const logger = options.logger ?? lineLogger("warn");
  // What is given as undefined is not given.
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as ServerOptions;
  const { clock } = { ...DEFAULTS, ...given };
  const pubSub = options.pubSub ?? new MemoryPubSub({ clock, logger });
  const resolved: ResolvedOptions = { ...DEFAULTS, logger, pubSub, ...given };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof DEFAULTS[name as keyof typeof DEFAULTS] === "number") {
      assertInteger(name, value, AT_LEAST_ONE.has(name) ? 1 : 0);
    }
  }
  for (const name of ["path", "asyncApiPath", "docsPath"] as const) {
    const path = resolved[name];
    if (path.startsWith("/") || (path === "" && name !== "path")) continue;
    throw new WsServerError("invalid_option", `${name} is ${JSON.stringify(path)}: start it with "/"`);
  }
  if (resolved.maxConnectionsPerAddress > 0 && resolved.trustedProxies === undefined) {
    const message = `maxConnectionsPerAddress is ${resolved.maxConnectionsPerAddress} without trustedProxies`;
    throw new WsServerError(
      "invalid_option",
      `${message}: behind a proxy all clients have one address. List the proxies, or [] where there are none`,
    );
  }
  return resolved;
}

function assertInteger(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new WsServerError("invalid_option", `${name} is ${String(value)}: give a whole number of at least ${least}`);
}
