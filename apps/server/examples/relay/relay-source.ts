import { DatafeedError } from "../../src/modules/datafeed/errors.js";
import type {
  History,
  HistoryRequest,
  Instrument,
  MarketListener,
  MarketSource,
} from "../../src/modules/datafeed/market-source.js";
import type { Resolution } from "../../src/modules/datafeed/resolution.js";
import { FeedConnection, type FeedConnectionOptions } from "./feed-connection.js";
import { type FeedMessage, readMessage } from "./messages.js";

export interface RelayOptions extends FeedConnectionOptions {
  /** Instruments of the upstream feed. */
  readonly instruments: readonly Instrument[];
  /** Resolutions of the upstream feed's bars, finest first. */
  readonly resolutions: readonly Resolution[];
  /**
   * Time limit for a reply of the upstream feed, in milliseconds. Less than the 2,500 that clients wait. @default 2_000
   */
  readonly timeoutMs?: number;
}

/** A request without a reply yet. */
interface PendingRequest {
  readonly message: object;
  readonly settle: (history: History | DatafeedError) => void;
}

/**
 * Relays another WebSocket feed, with one connection and one subscription per symbol, regardless of the number of
 * clients.
 *
 * After a reconnection it subscribes to every symbol again and reports a gap, so that the service reloads the history.
 * Until then its order book is empty, because outdated prices must not be traded at.
 */
export class RelaySource implements MarketSource {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description: string;
  readonly #options: RelayOptions;
  readonly #connection: FeedConnection;
  readonly #listeners = new Map<string, MarketListener>();
  readonly #requests = new Map<number, PendingRequest>();
  #lastRequestId = 0;
  /** Unix milliseconds of the last message. */
  #time = 0;

  /** Connects immediately. */
  constructor(options: RelayOptions) {
    this.#options = options;
    this.instruments = new Map(options.instruments.map((instrument) => [instrument.symbol, instrument]));
    this.resolutions = options.resolutions;
    this.description = `relay of ${options.url}, ${this.instruments.size} symbols`;
    this.#connection = new FeedConnection(options, {
      onOpen: (isReconnect) => this.#onOpen(isReconnect),
      onMessage: (text) => this.#handle(readMessage(text)),
      onClose: () => this.#emptyBooks(),
    });
  }

  readonly isReady = (): boolean => this.#connection.isOpen;

  /**
   * Requests past bars. It also waits for the connection: a request without a reply is repeated after a reconnection.
   */
  history(request: HistoryRequest): Promise<History> {
    const { clock, timeoutMs = 2_000 } = this.#options;
    const id = ++this.#lastRequestId;
    return new Promise((resolve, reject) => {
      const settle = (reply: History | DatafeedError) => {
        cancel();
        this.#requests.delete(id);
        if (reply instanceof DatafeedError) reject(reply);
        else resolve(reply);
      };
      const cancel = clock.after(timeoutMs, () =>
        settle(new DatafeedError("feed_lost", "The upstream feed does not respond.", { retryable: true })),
      );
      const message = { op: "history", id, ...request };
      this.#requests.set(id, { message, settle });
      this.#connection.send(message);
    });
  }

  watch(symbol: string, listener: MarketListener): () => void {
    this.#listeners.set(symbol, listener);
    this.#connection.send({ op: "subscribe", symbol });
    return () => {
      if (this.#listeners.get(symbol) !== listener) return;
      this.#listeners.delete(symbol);
      this.#connection.send({ op: "unsubscribe", symbol });
    };
  }

  readonly close = async (): Promise<void> => {
    for (const { settle } of this.#requests.values()) {
      settle(new DatafeedError("feed_closed", "The upstream feed is closed.", { retryable: true }));
    }
    await this.#connection.close();
  };

  #onOpen(isReconnect: boolean): void {
    // Subscribe before requesting histories: then every trade is in a tick, or in a history, or in both.
    for (const symbol of this.#listeners.keys()) this.#connection.send({ op: "subscribe", symbol });
    for (const { message } of this.#requests.values()) this.#connection.send(message);
    if (isReconnect) for (const listener of this.#listeners.values()) listener.onGap();
  }

  #handle(message: FeedMessage): void {
    switch (message.type) {
      case "tick": {
        const { symbol, trades, book } = message;
        this.#time = Math.max(this.#time, trades.at(-1)?.time ?? 0, book?.time ?? 0);
        this.#listeners.get(symbol)?.onTick({ trades, ...(book && { book }) });
        break;
      }
      case "history": {
        const { id, bars, through } = message;
        this.#requests.get(id)?.settle({ bars, through: through ?? Number.NEGATIVE_INFINITY });
        break;
      }
      case "ended": {
        const reason = new DatafeedError("feed_lost", message.reason, { retryable: true });
        this.#listeners.get(message.symbol)?.onEnd(reason);
      }
    }
  }

  #emptyBooks(): void {
    if (this.#time === 0) return;
    const book = { time: this.#time, bids: [], asks: [] };
    for (const listener of this.#listeners.values()) listener.onTick({ book });
  }
}
