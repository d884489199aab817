import type { Bar } from "@trading/topic";
import { aggregate, join } from "../../aggregate.js";
import type { Book, HistoryRequest, Trade } from "../../market-source.js";
import { barStart, DAY_MS, isFiner, nextBarStart, type Resolution } from "../../resolution.js";
import { bookAt } from "./book.js";
import { type Day, minuteBars, SECONDS, simulateDay } from "./day.js";
import type { SimulatedInstrument } from "./instruments.js";
import { LruCache } from "./lru-cache.js";

/** The first moment there is data of: a Monday, so that a week, a month and a year start with it. */
export const MARKET_OPENED = Date.UTC(2024, 0, 1);

/** Finished days whose minute bars are kept, over all symbols: about 200 KB each. */
const KEPT_DAYS = 100;

/** Days whose ticks are kept: today of every symbol, and yesterday while midnight passes. About 700 KB each. */
const KEPT_TICKS = 20;

/**
 * The whole simulated market as a function of time: any tick and any bar of any moment, from the seed alone. What it
 * keeps are caches.
 *
 * Making a day takes a millisecond or two, so a long history lets the event loop run after each new one.
 */
export class SimulatedMarket {
  readonly #seed: string;
  readonly #ticks = new LruCache<string, Day>(KEPT_TICKS);
  readonly #minutes = new LruCache<string, readonly Bar[]>(KEPT_DAYS);
  /** A day's one bar is small and dear: all are kept, by symbol and day. */
  readonly #days = new Map<string, Bar>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** The one trade of a second: up is a buyer's, down a seller's. @param second Unix seconds */
  trade(instrument: SimulatedInstrument, second: number): Trade {
    const { cents, volumes, index } = this.#at(instrument, second);
    const price = cents[index] as number;
    const before = this.#cents(instrument, second - 1);
    const side = price > before || (price === before && second % 2 === 0) ? 1 : -1;
    return { id: `${second}`, time: second * 1_000, price: price / 100, qty: volumes[index] as number, side };
  }

  /** The book as it stands after the trade of a second. */
  book(instrument: SimulatedInstrument, second: number): Book {
    return bookAt(this.#seed, instrument, second, this.#cents(instrument, second));
  }

  /** Bars as they were at a moment, ascending. @param now Unix milliseconds; nothing after it is known */
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
      // Day by day, so that no step of a long history is a long one.
      bars.push(
        ...aggregate(
          finest.filter(({ time }) => time >= first && time <= end),
          resolution,
        ),
      );
    }
    // Within a day that was all; weeks and months are made of its days now.
    return isFiner(resolution, "D") ? bars : aggregate(bars, resolution);
  }

  /** The bars of one day that make up a resolution: minutes for those shorter than a day, else the day's one bar. */
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
