import { type EndReason, type StreamServer, WsServerError } from "@trading/ws-server";
import type { Market, TopOfBook, TradableInstrument } from "../../market/market.js";
import { DatafeedError } from "./errors.js";
import { createMarket, type Timers } from "./market.js";
import type { Datafeed } from "./service.js";
import { fromUpdate, topOfBook } from "./top-of-book.js";

/** Delay before a topic that has ended for good is followed again. */
const AGAIN_AFTER_MS = 1_000;

/** The part of a streaming server that follows topics of the cluster. */
export type TopicFollowing = Pick<StreamServer, "follow">;

/**
 * The broker's market in a cluster: the prices of a symbol are those of the server that runs the symbol's feed, so that the broker
 * opens no other one.
 */
export class ClusterMarket implements Market {
  readonly instruments: ReadonlyMap<string, TradableInstrument>;
  /** The market of this server's own datafeed. */
  readonly #own: Market;
  readonly #clock: Timers;
  readonly #stream: Promise<TopicFollowing>;
  #connect: (stream: TopicFollowing) => void = () => {};

  constructor(datafeed: Datafeed, clock: Timers) {
    this.instruments = datafeed.instruments;
    this.#own = createMarket(datafeed, clock);
    this.#clock = clock;
    this.#stream = new Promise((resolve) => (this.#connect = resolve));
  }

  /** Gets the streaming server. Watches begin only now. */
  connect(stream: TopicFollowing): void {
    this.#connect(stream);
  }

  async watch(symbol: string, onTopOfBook: (topOfBook: TopOfBook) => void): Promise<() => void> {
    const services = { stream: await this.#stream, own: this.#own, clock: this.#clock };
    const watch = new Watch(symbol, onTopOfBook, services);
    await watch.started;
    return () => watch.stop();
  }
}

interface WatchServices {
  readonly stream: TopicFollowing;
  readonly own: Market;
  readonly clock: Timers;
}

/** Follows the best prices of one symbol until it is stopped, whatever server has its feed. */
class Watch {
  /** Resolves when the current prices have arrived. If they do not, it rejects, and the watch is stopped. */
  readonly started: Promise<void>;
  readonly #symbol: string;
  readonly #onTopOfBook: (topOfBook: TopOfBook) => void;
  readonly #services: WatchServices;
  #onStarted: () => void = () => {};
  #onFailed: (reason: DatafeedError) => void = () => {};
  #isStarted = false;
  #isStopped = false;
  /** Whether the next updates are the state, whose moves have happened before. */
  #isReadingState = true;
  #last: TopOfBook | undefined;
  #stop: () => void = () => {};

  constructor(symbol: string, onTopOfBook: (topOfBook: TopOfBook) => void, services: WatchServices) {
    this.#symbol = symbol;
    this.#onTopOfBook = onTopOfBook;
    this.#services = services;
    this.started = new Promise((resolve, reject) => {
      this.#onStarted = resolve;
      this.#onFailed = reject;
    });
    this.#follow();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stop();
  }

  #follow(): void {
    const symbol = this.#symbol;
    this.#isReadingState = true;
    try {
      this.#stop = this.#services.stream.follow(
        topOfBook,
        { symbol },
        {
          onUpdate: (update) => this.#take(fromUpdate(symbol, update, !this.#isReadingState)),
          onGap: () => {
            this.#isReadingState = true;
          },
          onCurrent: () => {
            this.#isReadingState = false;
            this.#start();
          },
          onInterrupted: (reason) => this.#interrupt(reason),
          onEnded: (reason) => {
            this.#interrupt(reason);
            if (!this.#isStopped) this.#continue(reason.code);
          },
        },
      );
    } catch (error) {
      if (!(error instanceof WsServerError)) throw error;
      this.#continue(error.code);
    }
  }

  #take(top: TopOfBook): void {
    if (this.#isStopped) return;
    this.#last = top;
    this.#onTopOfBook(top);
  }

  #start(): void {
    this.#isStarted = true;
    this.#onStarted();
  }

  /** No server sends the prices at the moment. */
  #interrupt({ code, message, retryable }: EndReason): void {
    if (this.#isStopped || code === CLOSED) return;
    if (!this.#isStarted) {
      this.stop();
      this.#onFailed(new DatafeedError(code, message, { retryable }));
      return;
    }
    // The last prices fill no order: they may be old.
    if (this.#last !== undefined) this.#onTopOfBook({ ...this.#last, moves: [], bidQty: 0, askQty: 0, isOld: true });
  }

  /** Continues after an end that is not retried by itself. */
  #continue(code: string): void {
    if (code === CLOSED) void this.#watchDirectly();
    else this.#stop = this.#services.clock.after(AGAIN_AFTER_MS, () => this.#follow());
  }

  /** The streaming server has stopped, but the broker executes the last orders: their prices come from this server's own datafeed. */
  async #watchDirectly(): Promise<void> {
    try {
      const stop = await this.#services.own.watch(this.#symbol, (top) => this.#take(top));
      if (this.#isStopped) return stop();
      this.#stop = stop;
      this.#start();
    } catch (error) {
      this.#onFailed(error as DatafeedError);
    }
  }
}

/** The code with which topics end when this server stops. */
const CLOSED = "closed";
