import type { Clock, Logger } from "@trading/ws-server";
import type { Market, TopOfBook } from "../../market/market.js";

/** How long a command waits for the first price of a symbol; then it is done without. */
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
  /** What needs its prices: rows, and commands that are under way. */
  readonly users: Set<string | symbol>;
  readonly end: AbortController;
  /** Settles when there is a price, where the market has one. */
  readonly started: Promise<void>;
  last: TopOfBook | undefined;
  problem: string | undefined;
}

/** Watches the market of the symbols that somebody needs, and of no others. */
export class MarketWatches {
  readonly #options: MarketWatchesOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: MarketWatchesOptions) {
    this.#options = options;
  }

  /** Why a symbol's prices are missing, for a person; undefined where none are. */
  get problem(): string | undefined {
    return [...this.#watches.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  /** The last top of each symbol that is watched. */
  get topsOfBook(): TopOfBook[] {
    return [...this.#watches.values()].flatMap(({ last }) => last ?? []);
  }

  /** Says whether a user, told from others by its value, needs a symbol's prices. */
  use(symbol: string, user: string | symbol, isNeeded: boolean): void {
    const watch = this.#watches.get(symbol) ?? (isNeeded ? this.#start(symbol) : undefined);
    if (isNeeded) watch?.users.add(user);
    else watch?.users.delete(user);
    // mutant: stop-unused-watch
    if (watch?.users.size === 0) this.#stop(symbol, watch);
  }

  /** Makes these the only users, beside commands that are under way. */
  replace(used: Iterable<readonly [symbol: string, user: string]>): void {
    for (const { users } of this.#watches.values()) {
      for (const user of users) if (typeof user === "string") users.delete(user);
    }
    for (const [symbol, user] of used) this.use(symbol, user, true);
    for (const [symbol, watch] of this.#watches) if (watch.users.size === 0) this.#stop(symbol, watch);
  }

  /** Sees to it that a symbol's price is known while something is done. A symbol without a market has none. */
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
      logger.warn("The broker gets no prices", { symbol, error });
      // mutant: report-missing-prices
      this.#setProblem(watch, `There are no prices of ${symbol} for the moment.`);
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
    // What was offered is good no longer when somebody asks for it later.
    if (watch.last !== undefined)
      this.#options.onTopOfBook(/* mutant: withdraw-prices */ { ...watch.last, bidQty: 0, askQty: 0 });
    this.#setProblem(watch, undefined);
  }
}
