import { WebSocket } from "ws";
import type { SourceClock, SourceLogger } from "../../src/modules/datafeed/market-source.js";

/** Options of a connection to an upstream feed. Times are in milliseconds. */
export interface FeedConnectionOptions {
  /** `wss://feed.example.com/stream` */
  readonly url: string;
  readonly clock: Pick<SourceClock, "after">;
  readonly logger: SourceLogger;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** Maximum delay before the first reconnection; it doubles with each further attempt. At least 1. @default 250 */
  readonly firstRetryMs?: number;
  /** Maximum delay before any reconnection. @default 30_000 */
  readonly maxRetryMs?: number;
  /**
   * A connection without any data for this time counts as lost; it is pinged after half of that time. At least 2.
   * @default 20_000
   */
  readonly silenceMs?: number;
}

/** Callbacks of a connection. */
export interface FeedConnectionEvents {
  /** @param isReconnect whether there was a connection before; its updates since the loss are missing */
  onOpen(isReconnect: boolean): void;
  /** If it throws, the connection is closed and a new one is opened. */
  onMessage(text: string): void;
  onClose(): void;
}

/** One WebSocket to an upstream feed. It reconnects after a loss, with increasing, random delays. */
export class FeedConnection {
  readonly #options: FeedConnectionOptions;
  readonly #events: FeedConnectionEvents;
  #socket: WebSocket | undefined;
  #failures = 0;
  #wasOpen = false;
  #isClosed = false;
  #cancelRetry = () => {};
  #cancelWatch = () => {};
  #isAlive = false;

  constructor(options: FeedConnectionOptions, events: FeedConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Sends a message; does nothing without a connection. */
  send(message: object): void {
    if (this.isOpen) this.#socket?.send(JSON.stringify(message));
  }

  /** Closes the connection permanently. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.terminate();
    await closed;
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.url, { handshakeTimeout: 10_000 });
    this.#socket = socket;
    socket.on("open", () => this.#onOpen(socket));
    socket.on("message", (data) => this.#onMessage(socket, String(data)));
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    // A `close` event follows.
    socket.on("error", (error) => this.#options.logger.warn("The connection to the upstream feed failed", { error }));
    socket.on("close", () => this.#onClose());
  }

  #onOpen(socket: WebSocket): void {
    const isReconnect = this.#wasOpen;
    this.#wasOpen = true;
    this.#watch(socket);
    this.#events.onOpen(isReconnect);
  }

  #onMessage(socket: WebSocket, text: string): void {
    this.#isAlive = true;
    // Only a valid message counts as a success. Otherwise a server that accepts and immediately closes connections
    // would be retried without a delay.
    try {
      this.#events.onMessage(text);
      this.#failures = 0;
    } catch (error) {
      this.#options.logger.warn("The upstream feed sent an invalid message: reconnecting", { error });
      socket.terminate();
    }
  }

  /** Detects a connection that was lost without a close frame. */
  #watch(socket: WebSocket): void {
    const { clock, silenceMs = 20_000 } = this.#options;
    this.#isAlive = false;
    socket.ping();
    this.#cancelWatch = clock.after(silenceMs / 2, () => {
      if (this.#isAlive) return this.#watch(socket);
      this.#cancelWatch = clock.after(silenceMs / 2, () => (this.#isAlive ? this.#watch(socket) : socket.terminate()));
    });
  }

  #onClose(): void {
    this.#cancelWatch();
    this.#events.onClose();
    if (this.#isClosed) return;
    const { clock, logger, random = Math.random, firstRetryMs = 250, maxRetryMs = 30_000 } = this.#options;
    // Full jitter: clients that lost the same feed do not reconnect at the same time.
    const waitMs = random() * Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures++;
    logger.warn("The upstream feed is disconnected: reconnecting", { waitMs });
    this.#cancelRetry = clock.after(waitMs, () => this.#connect());
  }
}
