import type { Clock, Logger } from "@trading/ws-server";
import type { Market, TopOfBook } from "../../market/market.js";

/** Time that a command waits for the first price of a symbol; afterwards it runs without one. */
const PRICE_WAIT_MS = 1_000;

const RETRY_MS = 1_000;

export interface MarketWatchesOptions {
  readonly market: Market;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onTopOfBook: (top: TopOfBook) => void;
  /** Called when `problem` has changed. */
  readonly onProblemChange: () => void;
}

interface Watch {
  /** Users of the symbol's prices: rows and pending commands. */
  readonly users: Set<string | symbol>;
  readonly end: AbortController;
  /** Settles when the watch has started: there is a price then, if the market has one. */
  readonly started: Promise<void>;
  last: TopOfBook | undefined;
  problem: string | undefined;
}

/** Watches the market of the symbols that have users, and of no others. */
export class MarketWatches {
  readonly #options: MarketWatchesOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: MarketWatchesOptions) {
    this.#options = options;
  }

  /** Message for people about missing prices of a symbol; undefined if there are none missing. */
  get problem(): string | undefined {
    return [...this.#watches.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  /** The last known top of book of each watched symbol. */
  get topsOfBook(): TopOfBook[] {
    return [...this.#watches.values()].flatMap(({ last }) => last ?? []);
  }

  /** Adds or removes a user of a symbol's prices. Users are identified by value. */
  use(symbol: string, user: string | symbol, isNeeded: boolean): void {
    const watch = this.#watches.get(symbol) ?? (isNeeded ? this.#start(symbol) : undefined);
    if (isNeeded) watch?.users.add(user);
    else watch?.users.delete(user);
    // mutant: stop-unused-watch
    if (watch?.users.size === 0) this.#stop(symbol, watch);
  }

  /** Replaces all users except pending commands. */
  replace(used: Iterable<readonly [symbol: string, user: string]>): void {
    for (const { users } of this.#watches.values()) {
      for (const user of users) if (typeof user === "string") users.delete(user);
    }
    for (const [symbol, user] of used) this.use(symbol, user, true);
    for (const [symbol, watch] of this.#watches) if (watch.users.size === 0) this.#stop(symbol, watch);
  }

  /**
   * Runs a function while the symbol is watched, after waiting for its first price. An unknown symbol is not watched.
   */
  async withPrice<Result>(symbol: string, run: () => Promise<Result>): Promise<Result> {
    if (!this.#options.market.instruments.has(symbol)) return run();
    const user = Symbol("command");
    this.use(symbol, user, true);
    try {
      // mutant: await-first-price
      await this.#waitForPrice(symbol);
      return await run();
    } finally {
      this.use(symbol, user, false);
    }
  }

  close(): void {
    for (const [symbol, watch] of this.#watches) this.#stop(symbol, watch);
  }

  async #waitForPrice(symbol: string): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(PRICE_WAIT_MS, resolve);
    });
    await Promise.race([this.#watches.get(symbol)?.started, late]);
    cancel();
  }

  #start(symbol: string): Watch {
    let setStarted = () => {};
    const started = new Promise<void>((resolve) => (setStarted = resolve));
    const watch: Watch = {
      users: new Set(),
      end: new AbortController(),
      started,
      last: undefined,
      problem: undefined,
    };
    this.#watches.set(symbol, watch);
    void this.#run(symbol, watch).finally(setStarted);
    return watch;
  }

  async #run(symbol: string, watch: Watch): Promise<void> {
    const { market, clock, logger, onTopOfBook } = this.#options;
    const { signal } = watch.end;
    try {
      const stop = await market.watch(symbol, (top) => {
        if (signal.aborted) return;
        watch.last = top;
        onTopOfBook(top);
      });
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop);
      this.#setProblem(watch, undefined);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("The broker receives no prices for a symbol", { symbol, error });
      // mutant: report-missing-prices
      this.#setProblem(watch, `No prices for ${symbol} at the moment.`);
      const cancel = clock.after(RETRY_MS, /* mutant: retry-watch */ () => void this.#run(symbol, watch));
      signal.addEventListener("abort", cancel);
    }
  }

  #setProblem(watch: Watch, problem: string | undefined): void {
    if (watch.problem === problem) return;
    watch.problem = problem;
    this.#options.onProblemChange();
  }

  #stop(symbol: string, watch: Watch): void {
    this.#watches.delete(symbol);
    watch.end.abort();
    // The quantities are outdated by the time the symbol is used again.
    if (watch.last !== undefined)
      this.#options.onTopOfBook(/* mutant: withdraw-prices */ { ...watch.last, bidQty: 0, askQty: 0, isOld: true });
    this.#setProblem(watch, undefined);
  }
}
