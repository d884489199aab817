import { Backoff } from "./backoff.js";
import { ClientError } from "./errors.js";
import type { Settings, SocketLike } from "./options.js";
import { isRejection, reconnectAfter } from "./reconnect.js";

/** How the connection stands, with a reason to show a person. */
export interface ConnectionState {
  /** `closed` is final: the client was closed, or the server said not to come back. */
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
  lost(): void;
  stateChanged(state: ConnectionState): void;
}

/** One socket at a time, and the way back to the next. Knows nothing of topics. */
export class Connection {
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  readonly #backoff: Backoff;
  /** For frames that the server could not take: what failed before must not keep the other topics waiting now. */
  readonly #rejectionBackoff: Backoff;
  #state: ConnectionState;
  #socket: SocketLike | undefined;
  /** The one timer: the socket's time to open, or the wait for the next attempt. */
  #cancel = () => {};
  #openedAt: number | undefined;

  constructor(settings: Settings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#backoff = new Backoff(settings.backoffInitialMs, settings.backoffMaxMs, settings.random);
    this.#rejectionBackoff = new Backoff(settings.backoffInitialMs, settings.backoffMaxMs, settings.random);
    this.#state = { status: "connecting", reason: `Connecting to ${settings.url}` };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** @throws ClientError `invalid_option` where the platform refuses the url */
  open(): void {
    const { WebSocket, url, clock, connectTimeoutMs } = this.#settings;
    let socket: SocketLike;
    try {
      socket = new WebSocket(url);
    } catch (cause) {
      throw new ClientError("invalid_option", `url is ${JSON.stringify(url)}: ${cause}`, { cause });
    }
    let failure = "";
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: { data: unknown }) => this.#events.received(event.data);
    // A close always follows. `ws` says here what failed, a browser does not.
    socket.onerror = (event: { message?: string }) => {
      failure = event.message ?? "";
    };
    socket.onclose = (event: { code: number; reason: string }) => this.#closed(event.code, event.reason || failure);
    this.#socket = socket;
    if (connectTimeoutMs > 0) {
      this.#cancel = clock.after(connectTimeoutMs, () => this.drop(`no answer in ${seconds(connectTimeoutMs)}`));
    }
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

  /** Final: no socket, timer or handler is left. */
  close(reason: string): void {
    if (this.#state.status === "closed") return;
    this.#release();
    this.#cancel();
    this.#setState({ status: "closed", reason });
  }

  #opened(): void {
    this.#cancel();
    this.#openedAt = this.#settings.clock.monotonic();
    this.#setState({ status: "connected", reason: `Connected to ${this.#settings.url}` });
    // A listener of the state may have closed the client on hearing it.
    if (this.#state.status === "connected") this.#events.opened();
  }

  #closed(code: number, why: string): void {
    this.#cancel();
    const wasOpen = this.#openedAt !== undefined;
    const livedMs = wasOpen ? this.#settings.clock.monotonic() - (this.#openedAt as number) : 0;
    this.#socket = undefined;
    this.#openedAt = undefined;
    const isMended = wasOpen && isRejection(code, why) && this.#events.rejected(why);
    if (this.#state.status === "closed") return;
    const what = `${wasOpen ? "Connection lost" : "Could not connect"} (${code}${why && `, ${why}`})`;
    const reconnect = reconnectAfter(code, why);
    if (reconnect === "no") this.#setState({ status: "closed", reason: `${what}: the server asks not to come back` });
    else this.#retry(what, (isMended ? this.#rejectionBackoff : this.#backoff).next(reconnect, livedMs));
    if (wasOpen) this.#events.lost();
  }

  #retry(what: string, delayMs: number): void {
    this.#cancel = this.#settings.clock.after(delayMs, () => this.open());
    this.#setState({ status: "connecting", reason: `${what}: trying again in ${seconds(delayMs)}` });
  }

  /** Lets go of the socket. Its late events reach nobody; an `error` still needs a handler, or `ws` throws it. */
  #release(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.onerror = () => {};
    socket.close(1000);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#events.stateChanged(state);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
