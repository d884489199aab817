import { ClientError } from "./errors.js";

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

export interface ClientOptions {
  /** The server's WebSocket endpoint, `ws://` or `wss://`. */
  readonly url: string | URL;
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
  /**
   * The window within which the first attempt to reconnect starts, at a random moment; it doubles with every attempt
   * that fails. In milliseconds; 0 = at once, always.
   * @default 1_000
   */
  readonly backoffInitialMs?: number;
  /**
   * The widest that window gets, and how long a connection must live for the next one to start small again. In
   * milliseconds.
   * @default 30_000
   */
  readonly backoffMaxMs?: number;
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
   * The server's heartbeat interval: it closes a connection that sends it nothing for so long. After half of it without
   * sending, the client repeats a subscribe it holds. In milliseconds; 0 = send nothing.
   * @default 30_000
   */
  readonly heartbeatIntervalMs?: number;
  /** @default performance.now and the platform's timers */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
}

export type Settings = Required<Omit<ClientOptions, "url">> & { readonly url: string };

// The timers are looked up at each call, so that a test's fakes are not bypassed.
const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * The options with their defaults.
 *
 * @throws ClientError `no_websocket` or `invalid_option`
 */
export function resolveOptions({
  url,
  WebSocket = (globalThis as { WebSocket?: SocketConstructor }).WebSocket,
  onError = (error) => console.error(error),
  clock = systemClock,
  random = Math.random,
  backoffInitialMs = 1_000,
  backoffMaxMs = 30_000,
  connectTimeoutMs = 10_000,
  replyTimeoutMs = 10_000,
  heartbeatIntervalMs = 30_000,
}: ClientOptions): Settings {
  const durations = { backoffInitialMs, backoffMaxMs, connectTimeoutMs, replyTimeoutMs, heartbeatIntervalMs };
  for (const [name, value] of Object.entries(durations)) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new ClientError("invalid_option", `${name} is ${value}: write milliseconds, 0 or more`);
    }
  }
  if (WebSocket === undefined) {
    const message =
      'This platform has no WebSocket (Node has one from version 22): pass one as the option WebSocket, say that of the package "ws"';
    throw new ClientError("no_websocket", message);
  }
  return { url: String(url), WebSocket, onError, clock, random, ...durations };
}
