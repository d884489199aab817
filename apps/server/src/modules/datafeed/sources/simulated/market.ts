import type { Bar } from "@trading/topic";
import { aggregate } from "../../aggregate.js";
import { type Calendar, calendarOf, UTC_CALENDAR } from "../../calendar.js";
import type { Book, HistoryRequest, Trade } from "../../market-source.js";
import { DAY_MS, isFiner, type Resolution } from "../../resolution.js";
import { TurnQueue } from "../../turn-queue.js";
import { bookAt } from "./book.js";
import { ByteCache } from "./byte-cache.js";
import { createTicks, type Day, minuteBars, SECONDS, simulateDay } from "./day.js";
import type { SimulatedInstrument } from "./instruments.js";
import { LruCache } from "./lru-cache.js";
import type { PackedBars } from "./packed-bars.js";

/** Start of the history: a Monday, so that a week, a month and a year begin with it. */
export const MARKET_OPENED = Date.UTC(2024, 0, 1);

/**
 * Size of the cached minute bars, over all symbols, 29 KB a day. The longest request, 5,000 bars of five minutes, needs
 * 18 days.
 */
const MINUTE_CACHE_BYTES = 33_554_432;

/**
 * Size of the cached bars of {@link SLOT_MINUTES}, over all symbols, 2 KB a day: three years of ten symbols. The longest
 * request, 5,000 bars of an hour, needs 209 days.
 */
const SLOT_CACHE_BYTES = 33_554_432;

/** Size of the cached daily bars, over all symbols, 20 bytes a day: a hundred years of ten symbols. */
const DAY_CACHE_BYTES = 8_388_608;

/** Length of the bars that bars of 15, 30 and 60 minutes are built from. */
const SLOT_MINUTES = 15;

/** Number of days whose ticks are cached: today for every symbol, and yesterday around midnight. About 700 KB each. */
const KEPT_TICKS = 20;

/** The bars of a finished day. */
interface FinishedDay {
  readonly minutes: PackedBars;
  readonly slots: PackedBars;
  readonly whole: PackedBars;
}

/**
 * The simulated market as a function of time: any tick and any bar, determined by the seed. Its state is only caches.
 *
 * Simulating a day takes one or two milliseconds, so all histories together simulate at most one finished day per turn of
 * the event loop. One day provides its bars of every resolution.
 */
export class SimulatedMarket {
  readonly #seed: string;
  readonly #ticks = new LruCache<string, Day>(KEPT_TICKS);
  /** By symbol and day. */
  readonly #cached = {
    minutes: new ByteCache<string, PackedBars>(MINUTE_CACHE_BYTES),
    slots: new ByteCache<string, PackedBars>(SLOT_CACHE_BYTES),
    whole: new ByteCache<string, PackedBars>(DAY_CACHE_BYTES),
  };
  /** The current day's bars up to a second, by symbol: a second's requests share them. */
  readonly #present = new Map<string, { readonly second: number; readonly minutes: PackedBars }>();
  readonly #turns = new TurnQueue();
  /** Finished days that are being simulated, so that concurrent histories share them. */
  readonly #pending = new Map<string, Promise<FinishedDay>>();
  /** Reused for finished days, of which only the bars are kept. */
  readonly #scratch = createTicks();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /**
   * Returns the trade of a second. A rising price means that the buyer was the aggressor. @param second Unix seconds
   */
  trade(instrument: SimulatedInstrument, second: number): Required<Trade> {
    const { cents, volumes, index } = this.#at(instrument, second);
    const price = cents[index] as number;
    const before = this.#cents(instrument, second - 1);
    const side = price > before || (price === before && second % 2 === 0) ? 1 : -1;
    return { id: `${second}`, time: second * 1_000, price: price / 100, qty: volumes[index] as number, side };
  }

  /** Returns the trades of the last seconds of a day, oldest first. @param last Unix seconds @param count maximum number */
  trades(instrument: SimulatedInstrument, last: number, count: number): Required<Trade>[] {
    // Not those of the day before, whose ticks would have to be simulated.
    const first = Math.max(last - count + 1, Math.floor(last / SECONDS) * SECONDS + 1);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => this.trade(instrument, first + index));
  }

  /** Returns the order book after the trade of a second. */
  book(instrument: SimulatedInstrument, second: number): Book {
    return bookAt(this.#seed, instrument, second, this.#cents(instrument, second));
  }

  /** Returns whether the ticks around a second are cached, so that `trade` and `book` are cheap. */
  isPrepared(instrument: SimulatedInstrument, second: number): boolean {
    return this.#ticks.peek(keyOf(instrument, Math.floor(second / SECONDS))) !== undefined;
  }

  /** Simulates the day of a second in a separate turn. */
  async prepare(instrument: SimulatedInstrument, second: number): Promise<void> {
    if (!this.isPrepared(instrument, second)) await this.#turns.next();
    this.#day(instrument, Math.floor(second / SECONDS));
  }

  /** Returns bars as they were at a given time, ascending. @param now Unix milliseconds; later data is not used */
  async history(instrument: SimulatedInstrument, request: Omit<HistoryRequest, "symbol">, now: number): Promise<Bar[]> {
    const { resolution, to, countBack } = request;
    const last = Math.min(to === undefined ? now : to - 1, now);
    if (last < MARKET_OPENED) return [];
    const calendar = calendarOf(instrument.timezone ?? "Etc/UTC");
    let first = calendar.barStart(resolution, last);
    for (let count = 1; count < countBack && first > MARKET_OPENED; count++) {
      first = calendar.barStart(resolution, first - 1);
    }

    const end = Math.min(calendar.nextBarStart(resolution, last) - 1, now);
    const days: PackedBars[] = [];
    for (let day = dayOf(Math.max(first, MARKET_OPENED)); day <= dayOf(end); day++) {
      days.push(await this.#partsOf(instrument, calendar, day, resolution, now));
    }
    // Also if every day was cached, so that many requests do not run in one turn.
    await this.#turns.next();
    const bars: Bar[] = [];
    const part = isFiner(resolution, "D") ? resolution : "D";
    const startOf = (each: Resolution, time: number) => calendar.barStart(each, time);
    for (const day of days) day.appendTo(bars, part, first, end, startOf);
    // Weeks and months are aggregated from the days, and bars of other zones from their parts on two days of UTC.
    const isComplete = calendar === UTC_CALENDAR && !isFiner("D", resolution);
    return isComplete ? bars : aggregate(bars, resolution, startOf);
  }

  /** Returns the bars of one day that a resolution is built from. */
  async #partsOf(
    instrument: SimulatedInstrument,
    calendar: Calendar,
    day: number,
    resolution: Resolution,
    now: number,
  ): Promise<PackedBars> {
    if (day === dayOf(now)) return this.#today(instrument, now);
    // Midnight is between two slots in every zone.
    const isWhole = !isFiner(resolution, "D") && calendar === UTC_CALENDAR;
    const part = isFiner(resolution, "15") ? "minutes" : isWhole ? "whole" : "slots";
    return this.#cached[part].get(keyOf(instrument, day)) ?? (await this.#finished(instrument, day))[part];
  }

  /** Returns the minute bars of the current day, of which the last one may be incomplete. */
  async #today(instrument: SimulatedInstrument, now: number): Promise<PackedBars> {
    const second = Math.floor(now / 1_000);
    await this.prepare(instrument, second);
    const known = this.#present.get(instrument.symbol);
    if (known?.second === second) return known.minutes;
    const day = Math.floor(second / SECONDS);
    const minutes = minuteBars(this.#day(instrument, day), second - day * SECONDS);
    this.#present.set(instrument.symbol, { second, minutes });
    return minutes;
  }

  #finished(instrument: SimulatedInstrument, day: number): Promise<FinishedDay> {
    const key = keyOf(instrument, day);
    const known = this.#pending.get(key);
    if (known !== undefined) return known;
    const pending = this.#turns.next().then(() => {
      this.#pending.delete(key);
      return this.#simulate(instrument, day);
    });
    this.#pending.set(key, pending);
    return pending;
  }

  #simulate(instrument: SimulatedInstrument, day: number): FinishedDay {
    const minutes = minuteBars(simulateDay(this.#seed, instrument, day, this.#scratch));
    const slots = minutes.combined(SLOT_MINUTES);
    const finished = { minutes, slots, whole: slots.combined(slots.length) };
    const key = keyOf(instrument, day);
    for (const part of ["minutes", "slots", "whole"] as const) this.#cached[part].set(key, finished[part]);
    return finished;
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
    return this.#ticks.get(keyOf(instrument, day), () => simulateDay(this.#seed, instrument, day));
  }
}

function keyOf({ symbol }: SimulatedInstrument, day: number): string {
  return `${symbol}/${day}`;
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
