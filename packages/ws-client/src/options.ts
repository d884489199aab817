import { isAbsolute, resolveEndpoint } from "./connection/endpoint.js";
import { type PageEvents, pageEvents as platformEvents } from "./connection/page-events.js";
import { ClientError } from "./errors.js";
import type { ClientRoute } from "./subscriptions/listener.js";
import type { TopicStorage } from "./subscriptions/topic-storage.js";
import { text } from "./text.js";
import { type Clock, systemClock } from "./timers.js";
import { VALIDATION_SHARE } from "./validation-share.js";

/** A random source: returns a number in [0, 1), as `Math.random` does. */
export type Random = () => number;

/**
 * The used part of a WebSocket; the browser's and that of `ws` implement it. The handlers take `never`, because the event
 * type of every implementation is assignable to it.
 */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** 2 closing, 3 closed: nothing is sent then. @default open */
  readonly readyState?: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string, subprotocols?: string[]) => SocketLike;

/** The encoding of a server's frames. `compact()` of `@trading/ws-client/compact` is one. */
export interface ClientCodec {
  /** Returns the subprotocols to offer. Called for each attempt to connect. @default none */
  subprotocols?(): string[] | undefined;
  /** Parses a frame within the limits. @returns its envelope, which is checked @throws any error: the frame is reported */
  parse(text: string): unknown;
}

/**
 * The reason for fetching a token: a new connection, `client.login()`, a token that is about to expire, or a token that was
 * refused.
 */
export type TokenReason = "connect" | "login" | "refresh" | "rejected";

/**
 * Returns a token. Called whenever one is needed; `rejected` requires a new token rather than a cached one. Null or undefined
 * connects without a login, as a visitor. `signal` aborts when the token is no longer needed. If it throws, or gives no token
 * within `tokenTimeoutMs`, the error is reported as `token_failed`, and it is called again after a backoff.
 */
export type GetToken = (request: {
  readonly reason: TokenReason;
  readonly signal: AbortSignal;
}) => string | null | undefined | Promise<string | null | undefined>;

/** Routes by the names that an application gives them. */
// biome-ignore lint/suspicious/noExplicitAny: the routes have different params, and none is assignable to `unknown`
export type Routes = Readonly<Record<string, ClientRoute<any, any>>>;

/**
 * The route that `Given` is, or has as its name. One type parameter for both, so that a method needs a single signature: the compiler
 * then reports a wrong argument where it is, rather than once for each overload.
 */
export type RouteOf<Named extends Routes, Given> = Given extends keyof Named ? Named[Given] : Given;

export interface ClientOptions<Named extends Routes = Routes> {
  /**
   * The server's WebSocket endpoint. It can be relative to the page, `/api/v1/ws`: it is resolved when the client connects, so
   * a client can be created during server rendering.
   */
  readonly url: string | URL;
  /** Routes that `subscribe` and `stream` accept by name: `client.subscribe("bars", …)`. @default none */
  readonly routes?: Named;
  /** Returns the tokens for logins. Private topics wait for the login. @default no login */
  readonly getToken?: GetToken;
  /**
   * The WebSocket implementation. Needed on platforms without one, as Node.js before 22: pass that of the package `ws`.
   * @default globalThis.WebSocket
   */
  readonly WebSocket?: SocketConstructor;
  /**
   * The encoding of the server's frames: `compact()` for compact updates, or your own.
   * @default JSON
   */
  readonly codec?: ClientCodec;
  /**
   * Receives every error of the client: refusals, topic mismatches, invalid messages, listeners that throw.
   * @default console.error
   */
  readonly onError?: (error: ClientError) => void;
  /** Connects immediately instead of with the first subscription, request or `connect()`. @default false */
  readonly eager?: boolean;
  /**
   * The share of updates to validate, for routes with a schema: 1 = all, 0 = none, 0.01 = one in a hundred at random. An
   * invalid update is dropped and reported as `invalid_update`.
   * @default 1, and 0 if `process.env.NODE_ENV` is "production"
   */
  readonly validationShare?: number;
  /**
   * Saves positions and known updates across a reload, so that a page resumes: `sessionTopics()` for sessionStorage.
   * @default none
   */
  readonly storage?: TopicStorage;
  /**
   * The window in which the first attempt to reconnect starts, at a random moment. It doubles with every failed attempt. In
   * milliseconds; 0 = always immediately.
   * @default 1_000
   */
  readonly backoffInitialMs?: number;
  /**
   * The maximum width of that window, in milliseconds. A draining server can request a wider one. A connection that lasts as
   * long resets the window; one on which the server has confirmed a topic, if there are any, after 5 to 10 seconds.
   * @default 30_000
   */
  readonly backoffMaxMs?: number;
  /**
   * The number of consecutive attempts that can fail before the client closes. A connection that is lost before it resets the
   * window counts as a failed attempt. 0 = no limit.
   * @default 0
   */
  readonly maxAttempts?: number;
  /**
   * The time without a topic or a request after which the client disconnects, unless it was connected by `eager` or
   * `connect()`. The next one connects again. In milliseconds; 0 = stays connected.
   * @default 60_000
   */
  readonly idleTimeoutMs?: number;
  /**
   * The time limit for `getToken`. In milliseconds; 0 = none.
   * @default 10_000
   */
  readonly tokenTimeoutMs?: number;
  /**
   * The time limit for opening a socket. In milliseconds; 0 = that of the platform.
   * @default 10_000
   */
  readonly connectTimeoutMs?: number;
  /**
   * The time limit for a reply; after it, the request fails with `no_reply`. In milliseconds; 0 = none.
   * @default 10_000
   */
  readonly replyTimeoutMs?: number;
  /**
   * The heartbeat interval of a server that does not announce its own: a legacy server closes a connection that sends nothing
   * for this long. In milliseconds; 0 = no heartbeat with such a server.
   * @default 30_000
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * The maximum length of a received frame, in characters. A longer one is reported as `invalid_message` and not read, as is one
   * that is nested deeper than 64, or has more than an eighth as many elements and members. Raise it for operations with
   * large replies. 0 = no limit on length and elements.
   * @default 1_048_576
   */
  readonly maxFrameLength?: number;
  /**
   * The memory for the known updates of all topics, in bytes: an update counts the characters of its frame and 1,000 more.
   * Above it a topic that receives an update evicts its oldest ones, and `overflow` is reported once. 0 = no limit.
   * @default 67_108_864
   */
  readonly maxKnownBytes?: number;
  /** @default performance.now and the platform's timers */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
  /** The page's events. @default those of `window`, `document` or the worker; none elsewhere */
  readonly pageEvents?: PageEvents;
}

type Optional = "routes" | "getToken" | "WebSocket" | "storage";
export type Settings = Required<Omit<ClientOptions, Optional>> & Pick<ClientOptions, Optional>;

/**
 * Returns the options with their defaults.
 *
 * @throws ClientError `invalid_option`
 */
export function resolveOptions(options: ClientOptions): Settings {
  const numbers = {
    backoffInitialMs: 1_000,
    backoffMaxMs: 30_000,
    maxAttempts: 0,
    idleTimeoutMs: 60_000,
    tokenTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    replyTimeoutMs: 10_000,
    heartbeatIntervalMs: 30_000,
    maxFrameLength: 2 ** 20,
    maxKnownBytes: 2 ** 26,
    validationShare: VALIDATION_SHARE,
  };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name] ?? numbers[name];
    if (!(value >= 0 && value < 1 / 0)) {
      throw new ClientError("invalid_option", text`Invalid option "${name}": expected a number >= 0, got ${value}`);
    }
    numbers[name] = value;
  }
  // Fails early where it can. A relative URL has to wait for the page.
  if (isAbsolute(options.url)) resolveEndpoint(options.url);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    clock: systemClock,
    random: Math.random,
    codec: JSON,
    onError: (error) => console.error(error),
    eager: false,
    pageEvents: platformEvents,
    ...(Object.fromEntries(given) as ClientOptions),
    ...numbers,
  };
}
