import { ClientError } from "../errors.js";
import type { Settings, SocketConstructor, SocketLike } from "../options.js";
import { text } from "../text.js";
import { afterLimit } from "../timers.js";
import { backoffMs } from "./backoff.js";
import { closeSocket } from "./close-socket.js";
import { resolveEndpoint } from "./endpoint.js";
import { Pace } from "./pace.js";
import { isRejection, reconnectAfter } from "./reconnect.js";

/** The window in which clients reconnect that may do so immediately, in milliseconds; it prevents a stampede after a restart. */
const NOW_WINDOW_MS = 1_000;
/** The time that a planned restart of a server can take, in milliseconds. Attempts in this time do not widen the backoff. */
const RESTART_MS = 30_000;

/** The least time of a connection that served the client and resets the backoff, in milliseconds. The most is twice as much. */
const SERVED_MS = 5_000;

/** The state of a client's connection, with a reason to show to people. */
export interface ConnectionState {
  /**
   * `disconnected` while nothing needs a connection: before the first topic or request, after `idleTimeoutMs` without one, and
   * after `disconnect()`. `connecting` until a socket is open, which includes the time between attempts. `closed` is final:
   * the client was closed, the server disabled reconnection, or `maxAttempts` attempts failed.
   */
  readonly status: "disconnected" | "connecting" | "connected" | "closed";
  /** One line: `Connected to ws://…`, `Connection lost (1006): trying again in 0.4 s`. */
  readonly reason: string;
}

/** The callbacks of a connection. */
export interface ConnectionEvents {
  /** A socket is being opened. */
  opening(): void;
  opened(): void;
  messageReceived(data: unknown): void;
  /**
   * The server closed the connection because it could not accept a frame. Returns whether the frames of the next connection
   * will differ. The client may be closed meanwhile.
   */
  frameRejected(reason: string): boolean;
  /** Returns whether the open connection is of use: the server has replied, and confirmed a topic if there are any. */
  isServed(): boolean;
  /** An open connection was closed, and the client was not. Called before the change of the state is reported. */
  lost(code: number): void;
  stateChanged(state: ConnectionState): void;
}

type Phase =
  /** Waiting without a socket, opening with one. */
  | { readonly status: "connecting"; readonly socket?: SocketLike }
  /** Open. */
  | { readonly status: "connected"; readonly socket: SocketLike; readonly openedAt: number }
  | { readonly status: "disconnected" | "closed"; readonly socket?: undefined };

/**
 * Holds one socket at a time, and reconnects. It does not interpret frames.
 *
 * | phase | `open()` | socket opens | socket closes, `drop()` | timer | `disconnect()` | `close()` |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | disconnected | opening | | | | | closed |
 * | opening | | open | waiting or closed | connect timeout: waiting or closed | disconnected | closed |
 * | open | | | next: opening, else waiting or closed | drain: opens the next socket | disconnected | closed |
 * | waiting | opening | | | next attempt: opening | disconnected | closed |
 * | closed | | | | | | |
 *
 * An error of an opening socket is its close, because Node.js's own WebSocket may report nothing more. `retry(true)` replaces an
 * opening socket, and `reconnectNow()` an open one.
 *
 * While open, a drain opens a second socket, the next one. It replaces the first one as soon as it opens. If it fails, the first
 * one stays in use: with a single server, no other one accepts clients until it closes.
 *
 * An empty cell means that the phase does not change. A phase has at most one timer; leaving the phase cancels it.
 */
export class Connection {
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  #phase: Phase = { status: "disconnected" };
  #state: ConnectionState = { status: "disconnected", reason: "Connects with the first subscription" };
  #cancelTimer = () => {};
  #failures = 0;
  /** Counted apart from the failures: earlier failures to connect must not delay the other topics after a rejected frame. */
  #rejections = 0;
  /** Consecutive attempts without a connection that lasted. */
  #attempts = 0;
  /** Paces the reconnects that need no backoff otherwise. */
  readonly #pace: Pace;
  /** Paces the attempts to move to another server. */
  readonly #movePace: Pace;
  /** The socket that will replace the open one, while it is opening. */
  #next: SocketLike | undefined;
  /** Until when attempts are those of a planned restart of the server. */
  #restartsUntil = 0;
  /** The time over which a draining server asks its clients to spread their reconnects, in milliseconds; 0 = none. */
  #hintMs = 0;

  constructor(settings: Settings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#pace = new Pace(settings);
    this.#movePace = new Pace(settings);
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
    if (this.#phase.socket || this.#phase.status === "closed") return;
    const [socket, shown] = this.#connect();
    this.#awaitOpen(socket, `Connecting to ${shown}`);
  }

  /** Creates a socket, and starts its time limit. @throws ClientError as `open` */
  #connect(): [socket: SocketLike, shown: string] {
    const {
      WebSocket = (globalThis as { WebSocket?: SocketConstructor }).WebSocket,
      clock,
      codec,
      connectTimeoutMs,
    } = this.#settings;
    if (!WebSocket) {
      throw new ClientError(
        "no_websocket",
        text`No WebSocket on this platform: pass one as the option "WebSocket", such as "ws"`,
      );
    }
    this.#cancelTimer();
    const { url, shown } = resolveEndpoint(this.#settings.url);
    let socket: SocketLike;
    try {
      socket = new WebSocket(url, codec.subprotocols?.());
    } catch (cause) {
      throw new ClientError("invalid_option", text`Invalid option "url": ${shown}: ${cause}`, { cause });
    }
    let failure = "";
    const closed = (code: number, reason: string) => {
      if (this.#phase.socket === socket) this.#closed(code, reason);
      else if (this.#next === socket) {
        // Continues with the open socket.
        this.#next = undefined;
        this.#moveLater();
      }
    };
    const fail = (reason: string) => {
      closeSocket(socket);
      closed(1006, reason);
    };
    socket.onopen = () => this.#opened(socket, shown);
    // Ignores a dropped socket: its remaining frames belong to subscriptions that have ended.
    socket.onmessage = ({ data }: { data: unknown }) =>
      /* mutant: is-current-socket */ this.#phase.socket === socket && this.#events.messageReceived(data);
    // The message is from `ws`; browsers give none.
    socket.onerror = ({ message = "" }: { message?: string }) => {
      failure = message;
      // mutant: fail-on-error
      if (this.#next === socket || this.#phase.status === "connecting") fail(failure);
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => closed(code, reason || failure);
    this.#cancelTimer = afterLimit(clock, connectTimeoutMs, () => fail(`timed out after ${seconds(connectTimeoutMs)}`));
    return [socket, shown];
  }

  /** Makes the next attempt now, if one is needed: the network may be back. @param isOnline the network has changed */
  retry(isOnline: boolean): void {
    if (this.#phase.status !== "connecting") return;
    if (isOnline) {
      // An attempt was made on the network before, and may hang.
      closeSocket(this.#phase.socket);
      this.#phase = { status: "connecting" };
    }
    try {
      this.open();
    } catch (error) {
      // No caller can catch it here. The platform may accept the URL later.
      this.drop(`${error}`);
    }
  }

  /** Sends a frame. Call it only while `connected`. */
  send(text: string): void {
    // A socket that is closing discards the frame, which a browser reports in its console before it calls `onclose`.
    const { socket } = this.#phase;
    if (!((socket?.readyState as number) > 1)) socket?.send(text);
  }

  /** Closes a socket that is dead or silent, and reconnects. */
  drop(reason: string): void {
    closeSocket(this.#phase.socket);
    this.#closed(1006, reason);
  }

  /**
   * Moves to another server, because this one is about to shut down: opens the next socket at a random moment of the time that
   * it gives, and repeats that until one is open. Meanwhile this connection stays in use. Until then, no window is narrower
   * than that time. The time is limited to between the first window and ten times the widest, so that a wrong hint cannot stop
   * a client.
   */
  drain(hintMs: number): void {
    if (this.#phase.status !== "connected") return;
    const { backoffInitialMs, backoffMaxMs } = this.#settings;
    this.#hintMs = Math.min(Math.max(hintMs, backoffInitialMs), 10 * backoffMaxMs);
    if (!this.#next) this.#moveLater();
  }

  /**
   * Reconnects immediately, because this connection cannot be used any more.
   *
   * @param isPaced whether the server is the reason, so that a repetition has to wait
   */
  reconnectNow(reason: string, isPaced: boolean): void {
    if (!this.#phase.socket) return;
    this.#release();
    this.#wait(reason, isPaced ? this.#pace.delayMs() : 0, 1000);
  }

  /** Closes the connection until the next `open()`. */
  disconnect(reason: string): void {
    const { status } = this.#phase;
    if (status === "closed" || status === "disconnected") return;
    this.#release();
    this.#enter({ status: "disconnected" }, reason);
  }

  /** Closes the connection for good, and removes its socket, timer and handlers. */
  close(reason: string): void {
    if (this.#phase.status === "closed") return;
    // mutant: release-closed
    this.#release();
    this.#enter({ status: "closed" }, reason);
  }

  #moveLater(): void {
    const { clock, random } = this.#settings;
    this.#cancelTimer();
    const delayMs = Math.max(random() * this.#hintMs, this.#movePace.delayMs());
    this.#cancelTimer = clock.after(delayMs, () => {
      try {
        [this.#next] = this.#connect();
      } catch {
        // This connection is still open, and the platform may accept the URL later.
        this.#moveLater();
      }
    });
  }

  #opened(socket: SocketLike, shown: string): void {
    this.#cancelTimer();
    const phase = this.#phase;
    if (this.#next === socket && phase.status === "connected") {
      this.#next = undefined;
      this.#resetIfLasted(phase.openedAt);
      closeSocket(phase.socket);
      this.#awaitOpen(socket, `The server is shutting down: moving to ${shown}`, 1012);
      // A listener of the state may have closed the client.
      if (this.#phase.socket !== socket) return;
    }
    this.#hintMs = 0;
    this.#restartsUntil = 0;
    const openedAt = this.#settings.clock.monotonic();
    this.#enter({ status: "connected", socket, openedAt }, `Connected to ${shown}`);
    // A listener of the state may have closed the client.
    if (this.#phase.socket === socket) this.#events.opened();
  }

  #closed(code: number, why: string): void {
    const { clock, maxAttempts } = this.#settings;
    const phase = this.#phase;
    const wasOpen = phase.status === "connected";
    const willDiffer = wasOpen && isRejection(code, why) && this.#events.frameRejected(why);
    if (this.#phase !== phase) return;
    const event = `${wasOpen ? "Connection lost" : "Could not connect"} (${code}${why && `, ${why}`})`;
    if (wasOpen) {
      this.#resetIfLasted(phase.openedAt);
      if (code === 1012 || this.#hintMs) this.#restartsUntil = clock.monotonic() + RESTART_MS;
    }
    const reconnect = reconnectAfter(code, why);
    const next = this.#next;
    if (next && reconnect !== "no") {
      // It is opening already, and its time limit is running.
      this.#next = undefined;
      this.#awaitOpen(next, `${event}: connecting`, code);
      return;
    }
    this.#releaseNext();
    const isRestart = !wasOpen && clock.monotonic() < this.#restartsUntil;
    if (!isRestart) this.#attempts++;
    if (reconnect === "no") this.#enter({ status: "closed" }, `${event}: the server disabled reconnection`);
    else if (this.#attempts > (maxAttempts || /* mutant: unlimited-attempts */ 1 / 0))
      this.#enter({ status: "closed" }, `${event}: gave up`);
    else {
      const isNow = reconnect === "now";
      const delayMs = isRestart ? backoffMs(this.#settings, 0, this.#hintMs) : this.#delayMs(isNow, willDiffer);
      // mutant: pace-reconnects
      this.#wait(event, isNow ? Math.max(delayMs, this.#pace.delayMs()) : delayMs, code);
    }
  }

  #wait(event: string, delayMs: number, code: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#settings.clock.after(delayMs, () => this.retry(false));
    this.#enter({ status: "connecting" }, `${event}: trying again in ${seconds(delayMs)}`, code);
  }

  #delayMs(isNow: boolean, willDiffer: boolean): number {
    // mutant: use-hint
    if (!isNow) return backoffMs(this.#settings, willDiffer ? this.#rejections++ : this.#failures++, this.#hintMs);
    return backoffMs(this.#settings, this.#failures, this.#hintMs, this.#hintMs || NOW_WINDOW_MS);
  }

  /**
   * Resets the backoff after a connection that lasted: a server that accepts each connection and closes it must not reset it.
   *
   * If the server has served the client, some seconds are enough: servers that are killed one after the other have not failed
   * the client. Their number is random, so that a server that closes all connections at the same age is not reached by all
   * clients within a second each time.
   */
  #resetIfLasted(openedAt: number): void {
    const { clock, backoffMaxMs, random } = this.#settings;
    const neededMs = this.#events.isServed() ? /* mutant: served-time */ SERVED_MS * (1 + random()) : backoffMaxMs;
    if (clock.monotonic() - openedAt >= Math.min(neededMs, backoffMaxMs)) this.#failures = this.#attempts = 0;
  }

  #release(): void {
    closeSocket(this.#phase.socket);
    this.#releaseNext();
  }

  /** Closes the next socket, if there is one, and cancels the timer. */
  #releaseNext(): void {
    closeSocket(this.#next);
    this.#next = undefined;
    this.#cancelTimer();
  }

  /** Enters the phase of a socket that is opening. @param code as in `#enter` */
  #awaitOpen(socket: SocketLike, reason: string, code?: number): void {
    this.#enter({ status: "connecting", socket }, reason, code);
    // A listener of the state may have closed the client.
    if (this.#phase.socket === socket) this.#events.opening();
  }

  /** @param code the close code, if an open connection was lost */
  #enter(phase: Phase, reason: string, code = 1000): void {
    const wasOpen = this.#phase.status === "connected";
    this.#phase = phase;
    this.#state = { status: phase.status, reason };
    if (wasOpen && phase.status !== "closed") this.#events.lost(code);
    // A listener may have changed the phase, and reported that.
    if (this.#phase === phase) this.#events.stateChanged(this.#state);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
