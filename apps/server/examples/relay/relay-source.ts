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
  /** What the upstream has. */
  readonly instruments: readonly Instrument[];
  /** Of which the upstream has bars, finest first. */
  readonly resolutions: readonly Resolution[];
  /** How long the upstream may take to answer. In milliseconds, less than the 2,500 that clients wait. @default 2_000 */
  readonly timeoutMs?: number;
}

/** A question that has no answer yet. */
interface Question {
  readonly message: object;
  readonly settle: (history: History | DatafeedError) => void;
}

/**
 * Relays another WebSocket feed: one connection, one subscription a symbol, however many clients there are.
 *
 * After the connection was lost, every symbol is subscribed anew and said to have a gap, so that the service asks for the
 * history anew. Until then its book is empty: prices that are old are good for nothing.
 */
export class RelaySource implements MarketSource {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description: string;
  readonly #options: RelayOptions;
  readonly #connection: FeedConnection;
  readonly #listeners = new Map<string, MarketListener>();
  readonly #questions = new Map<number, Question>();
  #lastQuestion = 0;
  /** Unix milliseconds of the upstream's last word. */
  #time = 0;

  /** Connects at once. */
  constructor(options: RelayOptions) {
    this.#options = options;
    this.instruments = new Map(options.instruments.map((instrument) => [instrument.symbol, instrument]));
    this.resolutions = options.resolutions;
    this.description = `relay of ${options.url}, ${this.instruments.size} symbols`;
    this.#connection = new FeedConnection(options, {
      onOpen: (isAgain) => this.#opened(isAgain),
      onMessage: (text) => this.#take(readMessage(text)),
      onClose: () => this.#emptyBooks(),
    });
  }

  readonly isReady = (): boolean => this.#connection.isOpen;

  /** Waits for a connection, too. One that is lost before the answer costs nothing but time: it is asked again. */
  history(request: HistoryRequest): Promise<History> {
    const { clock, timeoutMs = 2_000 } = this.#options;
    const id = ++this.#lastQuestion;
    return new Promise((resolve, reject) => {
      const settle = (answer: History | DatafeedError) => {
        cancel();
        this.#questions.delete(id);
        if (answer instanceof DatafeedError) reject(answer);
        else resolve(answer);
      };
      const cancel = clock.after(timeoutMs, () =>
        settle(new DatafeedError("feed_lost", "The upstream feed does not answer.", { retryable: true })),
      );
      const message = { op: "history", id, ...request };
      this.#questions.set(id, { message, settle });
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
    for (const { settle } of this.#questions.values()) {
      settle(new DatafeedError("feed_closed", "The upstream feed is closed.", { retryable: true }));
    }
    await this.#connection.close();
  };

  #opened(isAgain: boolean): void {
    // Subscribed before anything is asked: so every trade is told, or in an answer, or both.
    for (const symbol of this.#listeners.keys()) this.#connection.send({ op: "subscribe", symbol });
    for (const { message } of this.#questions.values()) this.#connection.send(message);
    if (isAgain) for (const listener of this.#listeners.values()) listener.onGap();
  }

  #take(message: FeedMessage): void {
    switch (message.type) {
      case "tick": {
        const { symbol, trades, book } = message;
        this.#time = Math.max(this.#time, trades.at(-1)?.time ?? 0, book?.time ?? 0);
        this.#listeners.get(symbol)?.onTick({ trades, ...(book && { book }) });
        break;
      }
      case "history": {
        const { id, bars, through } = message;
        this.#questions.get(id)?.settle({ bars, through: through ?? Number.NEGATIVE_INFINITY });
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
