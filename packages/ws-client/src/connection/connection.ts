import { ClientError } from "../errors.js";
import type { Settings, SocketConstructor, SocketLike } from "../options.js";
import { backoffMs } from "./backoff.js";
import { isRejection, reconnectAfter } from "./reconnect.js";

/** The window in which clients reconnect that may do so immediately, in milliseconds; it prevents a stampede after a restart. */
const NOW_WINDOW_MS = 1_000;

/** The state of a client's connection, with a reason to show to people. */
export interface ConnectionState {
  /**
   * `connecting` until a socket is open, which includes the time before the first attempt and between attempts. `closed` is
   * final: the client was closed, the server disabled reconnection, or `maxAttempts` attempts failed.
   */
  readonly status: "connecting" | "connected" | "closed";
  /** One line: `Connected to ws://…`, `Connection lost (1006): trying again in 0.4 s`. */
  readonly reason: string;
}

/** The callbacks of a connection. */
export interface ConnectionEvents {
  /** A socket is being opened. */
  opening(): void;
  opened(): void;
  received(data: unknown): void;
  /**
   * The server closed the connection because it could not accept a frame. Returns whether the frames of the next connection
   * will differ. The client may be closed meanwhile.
   */
  rejected(reason: string): boolean;
  /** An open connection was closed. */
  lost(code: number): void;
  stateChanged(state: ConnectionState): void;
}

type Phase =
  /** Idle or waiting without a socket, opening with one. */
  | { readonly status: "connecting"; readonly socket?: SocketLike }
  /** Open. */
  | { readonly status: "connected"; readonly socket: SocketLike; readonly openedAt: number }
  | { readonly status: "closed"; readonly socket?: undefined };

/**
 * Holds one socket at a time, and reconnects. It does not interpret frames.
 *
 * | phase | `open()` | socket opens | socket closes, `drop()` | timer | `close()` |
 * | --- | --- | --- | --- | --- | --- |
 * | idle | opening | | | | closed |
 * | opening | | open | waiting or closed | connect timeout: waiting or closed | closed |
 * | open | | | waiting or closed | drain: waiting | closed |
 * | waiting | opening | | | next attempt: opening | closed |
 * | closed | | | | | |
 *
 * An empty cell means that the phase does not change. A phase has at most one timer; leaving the phase cancels it.
 */
export class Connection {
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  /** The URL without its query, which may contain an application's secrets. */
  readonly #shownUrl: string;
  #phase: Phase = { status: "connecting" };
  #state: ConnectionState = { status: "connecting", reason: "Connects with the first subscription" };
  #cancelTimer = () => {};
  #failures = 0;
  /** Counted apart from the failures: earlier failures to connect must not delay the other topics after a rejected frame. */
  #rejections = 0;
  /** Consecutive attempts without an open socket. */
  #attempts = 0;
  /** The time over which a draining server asks its clients to spread their reconnects, in milliseconds; 0 = none. */
  #hintMs = 0;

  constructor(settings: Settings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    const { origin, pathname } = settings.url;
    this.#shownUrl = origin + pathname;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * Connects now. Does nothing while a socket is opening or open, or after the connection is closed.
   *
   * @throws ClientError `no_websocket`; `invalid_option` if the platform refuses the URL
   */
  open(): void {
    const {
      WebSocket = (globalThis as { WebSocket?: SocketConstructor }).WebSocket,
      url,
      clock,
      connectTimeoutMs,
    } = this.#settings;
    if (this.#phase.socket || this.#phase.status === "closed") return;
    if (!WebSocket) {
      throw new ClientError(
        "no_websocket",
        'No WebSocket on this platform: pass one as the option "WebSocket", such as "ws"',
      );
    }
    this.#cancelTimer();
    let socket: SocketLike;
    try {
      socket = new WebSocket(url.href);
    } catch (cause) {
      throw new ClientError("invalid_option", `Invalid option "url": ${this.#shownUrl}: ${cause}`, { cause });
    }
    let failure = "";
    socket.onopen = () => this.#opened(socket);
    // Ignores a dropped socket: its remaining frames belong to subscriptions that have ended.
    socket.onmessage = ({ data }: { data: unknown }) =>
      /* mutant: is-current-socket */ this.#phase.socket === socket && this.#events.received(data);
    // A close always follows. The message is from `ws`; browsers give none.
    socket.onerror = ({ message = "" }: { message?: string }) => {
      failure = message;
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#closed(code, reason || failure);
    if (connectTimeoutMs > 0) {
      this.#cancelTimer = clock.after(connectTimeoutMs, () =>
        this.drop(`timed out after ${seconds(connectTimeoutMs)}`),
      );
    }
    this.#enter({ status: "connecting", socket }, `Connecting to ${this.#shownUrl}`);
    // A listener of the state may have closed the client.
    if (this.#phase.socket === socket) this.#events.opening();
  }

  /** Sends a frame. Call it only while `connected`. */
  send(text: string): void {
    this.#phase.socket?.send(text);
  }

  /** Closes a socket that is dead or silent, and reconnects. */
  drop(reason: string): void {
    this.#release();
    this.#closed(1006, reason);
  }

  /**
   * Leaves a server that is about to shut down, at a random moment of the time it gives, and reconnects immediately. Until
   * the next connection is open, no window is narrower than that time. The time is limited to between the first window and
   * ten times the widest, so that a wrong hint cannot stop a client.
   */
  drain(hintMs: number): void {
    if (this.#phase.status !== "connected") return;
    const { clock, random, backoffInitialMs, backoffMaxMs } = this.#settings;
    this.#hintMs = Math.min(Math.max(hintMs, backoffInitialMs), 10 * backoffMaxMs);
    this.#cancelTimer();
    this.#cancelTimer = clock.after(random() * this.#hintMs, () => {
      this.#release();
      this.#closed(1012, "the server is shutting down", 0);
    });
  }

  /** Closes the connection for good, and removes its socket, timer and handlers. */
  close(reason: string): void {
    if (this.#phase.status === "closed") return;
    // mutant: release-closed
    this.#release();
    // mutant: cancel-reconnect
    this.#cancelTimer();
    this.#enter({ status: "closed" }, reason);
  }

  #opened(socket: SocketLike): void {
    this.#cancelTimer();
    this.#attempts = this.#hintMs = 0;
    const openedAt = this.#settings.clock.monotonic();
    this.#enter({ status: "connected", socket, openedAt }, `Connected to ${this.#shownUrl}`);
    // A listener of the state may have closed the client.
    if (this.#phase.socket === socket) this.#events.opened();
  }

  #closed(code: number, why: string, waitMs?: number): void {
    this.#cancelTimer();
    const { clock, maxAttempts, backoffMaxMs } = this.#settings;
    const phase = this.#phase;
    const wasOpen = phase.status === "connected";
    const willDiffer = wasOpen && isRejection(code, why) && this.#events.rejected(why);
    if (this.#phase !== phase) return;
    const event = `${wasOpen ? "Connection lost" : "Could not connect"} (${code}${why && `, ${why}`})`;
    const reconnect = reconnectAfter(code, why);
    if (reconnect === "no") this.#enter({ status: "closed" }, `${event}: the server disabled reconnection`);
    else if (++this.#attempts > (maxAttempts || /* mutant: unlimited-attempts */ 1 / 0))
      this.#enter({ status: "closed" }, `${event}: gave up`);
    else {
      // Only after a connection that lasted: a server that accepts and closes immediately must not reset the backoff.
      if (wasOpen && clock.monotonic() - phase.openedAt >= backoffMaxMs) this.#failures = 0;
      const delayMs = waitMs ?? this.#delayMs(reconnect === "now", willDiffer);
      this.#cancelTimer = clock.after(delayMs, () => this.open());
      this.#enter({ status: "connecting" }, `${event}: trying again in ${seconds(delayMs)}`);
    }
    if (wasOpen) this.#events.lost(code);
  }

  #delayMs(isNow: boolean, willDiffer: boolean): number {
    const settings = this.#settings;
    // mutant: use-hint
    if (!isNow) return backoffMs(settings, willDiffer ? this.#rejections++ : this.#failures++, this.#hintMs);
    const windowMs = this.#hintMs || NOW_WINDOW_MS;
    return backoffMs({ ...settings, backoffMaxMs: windowMs }, this.#failures, this.#hintMs);
  }

  /** Detaches the handlers and closes the socket. `onerror` keeps a handler, because `ws` throws an error without one. */
  #release(): void {
    const { socket } = this.#phase;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    socket.close(1000);
  }

  #enter(phase: Phase, reason: string): void {
    this.#phase = phase;
    this.#state = { status: phase.status, reason };
    this.#events.stateChanged(this.#state);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
