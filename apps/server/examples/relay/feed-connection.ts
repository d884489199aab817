import { WebSocket } from "ws";
import type { SourceClock, SourceLogger } from "../../src/modules/datafeed/market-source.js";

/** How a connection to an upstream is kept. Times in milliseconds. */
export interface FeedConnectionOptions {
  /** `wss://feed.example.com/stream` */
  readonly url: string;
  readonly clock: Pick<SourceClock, "after">;
  readonly logger: SourceLogger;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** The most that the first wait before a new try is; each further one may be twice as long. At least 1. @default 250 */
  readonly firstRetryMs?: number;
  /** The most that any wait is. @default 30_000 */
  readonly maxRetryMs?: number;
  /** A line on which nothing was heard for so long is taken for dead; it is pinged at half of that. At least 2. @default 20_000 */
  readonly silenceMs?: number;
}

/** Who uses the connection. */
export interface FeedConnectionEvents {
  /** @param isAgain there was a connection before: what came meanwhile is lost */
  onOpen(isAgain: boolean): void;
  /** What it throws ends the connection, and a new one is made. */
  onMessage(text: string): void;
  onClose(): void;
}

/** One WebSocket to an upstream, made anew with a growing, random wait whenever it is lost. */
export class FeedConnection {
  readonly #options: FeedConnectionOptions;
  readonly #events: FeedConnectionEvents;
  #socket: WebSocket | undefined;
  #failures = 0;
  #wasOpen = false;
  #isClosed = false;
  #cancelRetry = () => {};
  #cancelWatch = () => {};
  #isHeard = false;

  constructor(options: FeedConnectionOptions, events: FeedConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Sends one message; does nothing where there is no connection. */
  send(message: object): void {
    if (this.isOpen) this.#socket?.send(JSON.stringify(message));
  }

  /** Final. */
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
    socket.on("open", () => this.#opened(socket));
    socket.on("message", (data) => this.#heard(socket, String(data)));
    socket.on("pong", () => {
      this.#isHeard = true;
    });
    // A close follows.
    socket.on("error", (error) => this.#options.logger.warn("The upstream feed has failed", { error }));
    socket.on("close", () => this.#closed());
  }

  #opened(socket: WebSocket): void {
    const isAgain = this.#wasOpen;
    this.#wasOpen = true;
    this.#watch(socket);
    this.#events.onOpen(isAgain);
  }

  #heard(socket: WebSocket, text: string): void {
    this.#isHeard = true;
    // Only what says something sensible is a success: else one that closes at once would be asked again and again.
    try {
      this.#events.onMessage(text);
      this.#failures = 0;
    } catch (error) {
      this.#options.logger.warn("The upstream feed said what cannot be read: the connection is made anew", { error });
      socket.terminate();
    }
  }

  /** A line that was cut without a word is not told as a close. */
  #watch(socket: WebSocket): void {
    const { clock, silenceMs = 20_000 } = this.#options;
    this.#isHeard = false;
    socket.ping();
    this.#cancelWatch = clock.after(silenceMs / 2, () => {
      if (this.#isHeard) return this.#watch(socket);
      this.#cancelWatch = clock.after(silenceMs / 2, () => (this.#isHeard ? this.#watch(socket) : socket.terminate()));
    });
  }

  #closed(): void {
    this.#cancelWatch();
    this.#events.onClose();
    if (this.#isClosed) return;
    const { clock, logger, random = Math.random, firstRetryMs = 250, maxRetryMs = 30_000 } = this.#options;
    // Full jitter: those who lost one feed at one moment do not come back at one moment.
    const waitMs = random() * Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures++;
    logger.warn("The upstream feed is not connected: it is tried again", { waitMs });
    this.#cancelRetry = clock.after(waitMs, () => this.#connect());
  }
}
