import { type PageEvents, pageEvents as platformEvents } from "./connection/page-events.js";
import { ClientError } from "./errors.js";
import type { ClientRoute } from "./subscriptions/listener.js";
import type { TopicStorage } from "./subscriptions/topic-storage.js";

/** Where time comes from. Tests pass one they turn by hand; that of `@trading/ws-server` fits as well. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back, whatever happens to the computer's clock. */
  monotonic(): number;
  /** Calls `run` once after so long, never synchronously, unless the function it returns is called before. */
  after(delayMs: number, run: () => void): () => void;
}

/** Where chance comes from: a number of [0, 1), as `Math.random` gives. */
export type Random = () => number;

/**
 * What the client uses of a WebSocket; the browser's and that of `ws` both fit. The handlers take `never`, because that is
 * what every implementation's own event type may be assigned to.
 */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string) => SocketLike;

/** Why a token is wanted: for a connection's login, because the present one runs out, or because it was refused. */
export type TokenReason = "connect" | "refresh" | "rejected";

/**
 * Where tokens come from. Called anew whenever one is needed; `rejected` asks for a fresh one, not a kept one. Null or
 * undefined connects without a login. `signal` aborts when the answer is of no use any more. What it throws is reported as
 * `token_failed`, and it is asked again after a backoff.
 */
export type GetToken = (request: {
  readonly reason: TokenReason;
  readonly signal: AbortSignal;
}) => string | null | undefined | Promise<string | null | undefined>;

/** Routes by the names under which an application wants them. */
// biome-ignore lint/suspicious/noExplicitAny: routes of all params stand side by side, and `unknown` takes none of them
export type Routes = Readonly<Record<string, ClientRoute<any, any>>>;

export interface ClientOptions<Named extends Routes = Routes> {
  /** The server's WebSocket endpoint. In a page it may be relative to the page: `/api/v1/ws`. */
  readonly url: string | URL;
  /** Routes that `subscribe` and `stream` then also take by name: `client.subscribe("bars", …)`. @default none */
  readonly routes?: Named;
  /** Where tokens come from; private topics wait for its login. @default no login */
  readonly getToken?: GetToken;
  /**
   * The WebSocket to use. Needed where the platform has none, as Node before 22: pass that of the package `ws`.
   * @default globalThis.WebSocket
   */
  readonly WebSocket?: SocketConstructor;
  /**
   * Gets every error the client meets: refusals, topic mismatches, unreadable messages, listeners that throw.
   * @default console.error
   */
  readonly onError?: (error: ClientError) => void;
  /** Connects at once instead of with the first subscription, request or `connect()`. @default false */
  readonly eager?: boolean;
  /**
   * The share of updates that is checked, of routes that have a schema: 1 = each, 0 = none, 0.01 = one in a hundred at
   * random. What does not fit is reported as `invalid_update` and dropped.
   * @default 1, and 0 where `process.env.NODE_ENV` is "production"
   */
  readonly validationShare?: number;
  /**
   * Keeps positions and what is known across a reload, so that a page resumes where it was: `sessionTopics()` for
   * sessionStorage. @default none
   */
  readonly storage?: TopicStorage;
  /**
   * The window within which the first attempt to reconnect starts, at a random moment; it doubles with every attempt
   * that fails. In milliseconds; 0 = at once, always.
   * @default 1_000
   */
  readonly backoffInitialMs?: number;
  /**
   * The widest that window gets, and how long a connection must live for the next one to start small again. In
   * milliseconds. A server that drains may ask for a wider one.
   * @default 30_000
   */
  readonly backoffMaxMs?: number;
  /** Attempts in a row that may fail before the client closes. 0 = no limit. @default 0 */
  readonly maxAttempts?: number;
  /**
   * How long a socket may take to open before it is given up. In milliseconds; 0 = as long as the platform lets it.
   * @default 10_000
   */
  readonly connectTimeoutMs?: number;
  /**
   * How long a request may stay unanswered before it is reported as `no_reply`. In milliseconds; 0 = for ever.
   * @default 10_000
   */
  readonly replyTimeoutMs?: number;
  /**
   * The heartbeat interval of a server that does not tell its own, as the origin's: it closes a connection that sends it
   * nothing for so long. In milliseconds; 0 = no heartbeat with such a server.
   * @default 30_000
   */
  readonly heartbeatIntervalMs?: number;
  /** @default performance.now and the platform's timers */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
  /** What the page goes through. @default the events of `window`, `document` or the worker; none elsewhere */
  readonly pageEvents?: PageEvents;
}

type Optional = "url" | "routes" | "getToken" | "WebSocket" | "storage";
export type Settings = Required<Omit<ClientOptions, Optional>> &
  Pick<ClientOptions, Exclude<Optional, "url">> & { readonly url: URL };

// The timers are looked up at each call, so that a test's fakes are not bypassed.
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * The options with their defaults.
 *
 * @throws ClientError `invalid_option`
 */
export function resolveOptions(options: ClientOptions): Settings {
  const numbers = {
    backoffInitialMs: 1_000,
    backoffMaxMs: 30_000,
    maxAttempts: 0,
    connectTimeoutMs: 10_000,
    replyTimeoutMs: 10_000,
    heartbeatIntervalMs: 30_000,
    validationShare: isProduction() ? 0 : 1,
  };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name] ?? numbers[name];
    if (!(value >= 0 && value < 1 / 0)) {
      throw new ClientError("invalid_option", `${name} is ${value}: write a number of 0 or more`);
    }
    numbers[name] = value;
  }
  return {
    clock: systemClock,
    random: Math.random,
    onError: (error) => console.error(error),
    eager: false,
    pageEvents: platformEvents,
    ...options,
    ...numbers,
    url: endpoint(options.url),
  };
}

/** The endpoint with what asks for the session extension, which a server of the origin ignores. */
function endpoint(given: string | URL): URL {
  try {
    const url = new URL(given, (globalThis as { location?: { href: string } }).location?.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("protocol", "2");
    return url;
  } catch (cause) {
    throw new ClientError("invalid_option", `url is ${given}: write ws://… or wss://…`, { cause });
  }
}

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };

/** Bundlers put the value in place of the expression; a browser without one has no `process`. */
function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === "production";
  } catch {
    return false;
  }
}
