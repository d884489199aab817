import type { Core } from "../core.js";
import { ClientError } from "../errors.js";
import type { SocketConstructor, SocketLike } from "../options.js";
import { backoffMs } from "./backoff.js";
import { isRejection, reconnectAfter } from "./reconnect.js";

/** Within how many milliseconds a client that may come back now does so, at random: a restart must not meet a stampede. */
const NOW_WINDOW_MS = 1_000;

/** How the connection stands, with a reason to show a person. */
export interface ConnectionState {
  /**
   * `connecting` until a socket stands, also while nothing asks for one yet or the next attempt is waited for. `closed` is
   * final: the client was closed, the server said not to come back, or `maxAttempts` failed.
   */
  readonly status: "connecting" | "connected" | "closed";
  /** One line: `Connected to ws://…`, `Connection lost (1006): trying again in 0.4 s`. */
  readonly reason: string;
}

/** What a connection tells its client. */
export interface ConnectionEvents {
  opened(): void;
  received(data: unknown): void;
  /**
   * The server closed it on a frame that it could not take. Says whether what is sent next time will be something else.
   * The client may be closed on hearing it.
   */
  rejected(reason: string): boolean;
  /** It was open and is no more. */
  lost(code: number): void;
  stateChanged(state: ConnectionState): void;
}

/** One socket at a time, and the way back to the next. Knows nothing of topics. */
export class Connection {
  readonly #core: Core;
  readonly #events: ConnectionEvents;
  /** The url as it is shown: what an application has put into its query may be secret. */
  readonly #shown: string;
  #state: ConnectionState;
  #socket: SocketLike | undefined;
  /** The one timer: the socket's time to open, the wait for the next attempt, or for leaving a server that drains. */
  #cancel = () => {};
  #openedAt: number | undefined;
  #failures = 0;
  /** Of frames that the server could not take: what failed otherwise must not keep the other topics waiting then. */
  #rejections = 0;
  /** In a row, none of which opened. */
  #attempts = 0;
  /** Over how long a server that leaves wants its clients to spread. 0 = it has not said. */
  #hintMs = 0;

  constructor(core: Core, events: ConnectionEvents) {
    this.#core = core;
    this.#events = events;
    const { origin, pathname } = core.settings.url;
    this.#shown = origin + pathname;
    this.#state = { status: "connecting", reason: "Connects with the first subscription" };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * Connects now. Does nothing while a socket opens, stands, or never will again.
   *
   * @throws ClientError `no_websocket`, or `invalid_option` where the platform refuses the url
   */
  open(): void {
    const {
      WebSocket = (globalThis as { WebSocket?: SocketConstructor }).WebSocket,
      url,
      clock,
      connectTimeoutMs,
    } = this.#core.settings;
    if (this.#socket || this.#state.status === "closed") return;
    if (!WebSocket) {
      const message =
        'no WebSocket on this platform (Node before 22): pass one as the option WebSocket, say that of "ws"';
      throw new ClientError("no_websocket", message);
    }
    this.#cancel();
    let socket: SocketLike;
    try {
      socket = new WebSocket(url.href);
    } catch (cause) {
      throw new ClientError("invalid_option", `url is ${this.#shown}: ${cause}`, { cause });
    }
    let failure = "";
    socket.onopen = () => this.#opened();
    // Never from a socket that was given up: what it still holds is of a subscription that has ended.
    socket.onmessage = ({ data }: { data: unknown }) => this.#socket === socket && this.#events.received(data);
    // A close always follows. `ws` says here what failed, a browser does not.
    socket.onerror = ({ message = "" }: { message?: string }) => {
      failure = message;
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#closed(code, reason || failure);
    this.#socket = socket;
    if (connectTimeoutMs > 0) {
      this.#cancel = clock.after(connectTimeoutMs, () => this.drop(`no answer in ${seconds(connectTimeoutMs)}`));
    }
    this.#setState("connecting", `Connecting to ${this.#shown}`);
    this.#core.login.opening();
  }

  /** Sends a frame; only while `connected`. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** Gives up on a socket that is dead or silent, and tries again. */
  drop(why: string): void {
    this.#release();
    this.#closed(1006, why);
  }

  /**
   * The server is about to go: leaves it at a random moment of the time it gives, and comes back at once. Until a
   * connection stands again, no window is narrower than that time, which is never below the first window, nor above ten of
   * the widest: a wrong hint must not end a client.
   */
  drain(hintMs: number): void {
    const { clock, random, backoffInitialMs, backoffMaxMs } = this.#core.settings;
    this.#hintMs = Math.min(Math.max(hintMs, backoffInitialMs), 10 * backoffMaxMs);
    this.#cancel();
    this.#cancel = clock.after(random() * this.#hintMs, () => {
      this.#release();
      this.#closed(1012, "the server goes away", 0);
    });
  }

  /** Final: no socket, timer or handler is left. */
  close(reason: string): void {
    if (this.#state.status === "closed") return;
    this.#release();
    this.#cancel();
    this.#setState("closed", reason);
  }

  #opened(): void {
    this.#cancel();
    this.#attempts = this.#hintMs = 0;
    this.#openedAt = this.#core.settings.clock.monotonic();
    this.#setState("connected", `Connected to ${this.#shown}`);
    // A listener of the state may have closed the client on hearing it.
    if (this.#state.status === "connected") this.#events.opened();
  }

  #closed(code: number, why: string, waitMs?: number): void {
    this.#cancel();
    const { clock, maxAttempts, backoffMaxMs } = this.#core.settings;
    const openedAt = this.#openedAt;
    const wasOpen = openedAt !== undefined;
    this.#socket = undefined;
    this.#openedAt = undefined;
    const isMended = wasOpen && isRejection(code, why) && this.#events.rejected(why);
    if (this.#state.status === "closed") return;
    const what = `${wasOpen ? "Connection lost" : "Could not connect"} (${code}${why && `, ${why}`})`;
    const reconnect = reconnectAfter(code, why);
    if (reconnect === "no") this.#setState("closed", `${what}: the server asks not to come back`);
    else if (++this.#attempts > (maxAttempts || 1 / 0)) this.#setState("closed", `${what}: gave up`);
    else {
      // A server that accepts and closes at once must not be met with the first window for ever.
      if (wasOpen && clock.monotonic() - openedAt >= backoffMaxMs) this.#failures = 0;
      const delayMs = waitMs ?? this.#delayMs(reconnect === "now", isMended);
      this.#cancel = clock.after(delayMs, () => this.open());
      this.#setState("connecting", `${what}: trying again in ${seconds(delayMs)}`);
    }
    if (wasOpen) this.#events.lost(code);
  }

  #delayMs(isNow: boolean, isMended: boolean): number {
    const { settings } = this.#core;
    if (!isNow) return backoffMs(settings, isMended ? this.#rejections++ : this.#failures++, this.#hintMs);
    const windowMs = this.#hintMs || NOW_WINDOW_MS;
    return backoffMs({ ...settings, backoffMaxMs: windowMs }, this.#failures, this.#hintMs);
  }

  /** Lets go of the socket. Its late events reach nobody; an `error` still needs a handler, or `ws` throws it. */
  #release(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    socket.close(1000);
  }

  #setState(status: ConnectionState["status"], reason: string): void {
    this.#state = { status, reason };
    this.#events.stateChanged(this.#state);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
