import type { Bar } from "@trading/topic";
import { aggregate, join } from "../../aggregate.js";
import type { Book, HistoryRequest, Trade } from "../../market-source.js";
import { barStart, DAY_MS, isFiner, nextBarStart, type Resolution } from "../../resolution.js";
import { bookAt } from "./book.js";
import { type Day, minuteBars, SECONDS, simulateDay } from "./day.js";
import type { SimulatedInstrument } from "./instruments.js";
import { LruCache } from "./lru-cache.js";

/** Start of the history: a Monday, so that a week, a month and a year begin with it. */
export const MARKET_OPENED = Date.UTC(2024, 0, 1);

/** Number of finished days whose minute bars are cached, over all symbols: about 200 KB each. */
const KEPT_DAYS = 100;

/** Number of days whose ticks are cached: today for every symbol, and yesterday around midnight. About 700 KB each. */
const KEPT_TICKS = 20;

/**
 * The simulated market as a function of time: any tick and any bar, determined by the seed. Its state is only caches.
 *
 * Simulating a day takes one or two milliseconds, so a long history yields to the event loop after each new day.
 */
export class SimulatedMarket {
  readonly #seed: string;
  readonly #ticks = new LruCache<string, Day>(KEPT_TICKS);
  readonly #minutes = new LruCache<string, readonly Bar[]>(KEPT_DAYS);
  /** Daily bars are small and expensive to compute: all are cached, by symbol and day. */
  readonly #days = new Map<string, Bar>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /**
   * Returns the trade of a second. A rising price means that the buyer was the aggressor. @param second Unix seconds
   */
  trade(instrument: SimulatedInstrument, second: number): Trade {
    const { cents, volumes, index } = this.#at(instrument, second);
    const price = cents[index] as number;
    const before = this.#cents(instrument, second - 1);
    const side = price > before || (price === before && second % 2 === 0) ? 1 : -1;
    return { id: `${second}`, time: second * 1_000, price: price / 100, qty: volumes[index] as number, side };
  }

  /** Returns the order book after the trade of a second. */
  book(instrument: SimulatedInstrument, second: number): Book {
    return bookAt(this.#seed, instrument, second, this.#cents(instrument, second));
  }

  /** Returns bars as they were at a given time, ascending. @param now Unix milliseconds; later data is not used */
  async history(instrument: SimulatedInstrument, request: Omit<HistoryRequest, "symbol">, now: number): Promise<Bar[]> {
    const { resolution, to, countBack } = request;
    const last = Math.min(to === undefined ? now : to - 1, now);
    if (last < MARKET_OPENED) return [];
    let first = barStart(resolution, last);
    for (let count = 1; count < countBack && first > MARKET_OPENED; count++) first = barStart(resolution, first - 1);

    const bars: Bar[] = [];
    const end = Math.min(nextBarStart(resolution, last) - 1, now);
    for (let day = dayOf(Math.max(first, MARKET_OPENED)); day <= dayOf(end); day++) {
      const finest = await this.#barsOfDay(instrument, day, resolution, now);
      // Aggregates one day at a time, so that no single step blocks the event loop for long.
      bars.push(
        ...aggregate(
          finest.filter(({ time }) => time >= first && time <= end),
          resolution,
        ),
      );
    }
    // Resolutions below a day are complete; weeks and months are aggregated from the days.
    return isFiner(resolution, "D") ? bars : aggregate(bars, resolution);
  }

  /**
   * Returns the bars of one day that a resolution is built from: minutes for resolutions below a day, otherwise the
   * daily bar.
   */
  async #barsOfDay(instrument: SimulatedInstrument, day: number, resolution: Resolution, now: number) {
    const isToday = day === dayOf(now);
    if (isToday) {
      const minutes = minuteBars(this.#day(instrument, day), Math.floor((now - day * DAY_MS) / 1_000));
      return isFiner(resolution, "D") ? minutes : [minutes.reduce(join)];
    }
    const key = `${instrument.symbol}/${day}`;
    if (!isFiner(resolution, "D")) {
      const bar = this.#days.get(key) ?? (await this.#finishedMinutes(instrument, day)).reduce(join);
      this.#days.set(key, bar);
      return [bar];
    }
    return this.#finishedMinutes(instrument, day);
  }

  async #finishedMinutes(instrument: SimulatedInstrument, day: number): Promise<readonly Bar[]> {
    const key = `${instrument.symbol}/${day}`;
    const known = this.#minutes.peek(key);
    if (known === undefined) await new Promise((resolve) => setImmediate(resolve));
    return this.#minutes.get(key, () => minuteBars(simulateDay(this.#seed, instrument, day)));
  }

  #cents(instrument: SimulatedInstrument, second: number): number {
    const { cents, index } = this.#at(instrument, second);
    return cents[index] as number;
  }

  #at(instrument: SimulatedInstrument, second: number): Day & { readonly index: number } {
    const day = Math.floor(second / SECONDS);
    return { ...this.#day(instrument, day), index: second - day * SECONDS };
  }

  #day(instrument: SimulatedInstrument, day: number): Day {
    return this.#ticks.get(`${instrument.symbol}/${day}`, () => simulateDay(this.#seed, instrument, day));
  }
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
