import { DAY_MS, MINUTE_MS } from "../../resolution.js";
import type { SimulatedInstrument } from "./instruments.js";
import { PackedBars } from "./packed-bars.js";
import { drawnFrom, hash, nextState } from "./random.js";

/** Number of ticks in a day: one per second. */
export const SECONDS = 86_400;

/** All ticks of one symbol on one day. The market never closes; days are in UTC. */
export interface Day {
  /** Unix milliseconds of the first tick. */
  readonly start: number;
  /** Prices in integer cents: rounding happens once, here. */
  readonly cents: Int32Array;
  readonly volumes: Uint32Array;
}

/** Periods of the waves that the daily opening prices consist of, in days. */
const SPANS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Variance of a uniform step between -1 and 1. */
const STEP_VARIANCE = 1 / 3;

/**
 * Returns the opening price of a day, determined by the seed, the symbol and the day.
 *
 * It is a sum of slow and fast waves: each joins random points at a fixed distance by straight lines, and longer waves
 * are higher, as in a random walk. Unlike in a random walk, a price does not depend on the day before, so any day can
 * be computed first. The waves together stay below nine tenths of the price, so it never reaches zero. It only uses + -
 * * / and square roots, whose results are identical on every machine.
 */
export function dayOpen(seed: string, instrument: SimulatedInstrument, day: number): number {
  const height = SPANS.reduce((sum, span) => sum + Math.sqrt(span), 0);
  let wave = 0;
  for (const span of SPANS) {
    const point = (index: number) => hash(`${seed}/${instrument.symbol}/${span}/${index}`) / 2 ** 31 - 1;
    const index = Math.floor(day / span);
    const share = day / span - index;
    wave += (Math.sqrt(span) / height) * (point(index) * (1 - share) + point(index + 1) * share);
  }
  return instrument.price * (1 + 0.9 * wave);
}

/** Scratch buffer of {@link simulateDay}, reused to avoid garbage collection during a long history. */
const walk = new Float64Array(SECONDS);

/** Arrays for the ticks of a day. */
export type Ticks = Omit<Day, "start">;

/** Creates the arrays of a day's ticks, about 700 KB. */
export function createTicks(): Ticks {
  return { cents: new Int32Array(SECONDS), volumes: new Uint32Array(SECONDS) };
}

/**
 * Simulates the ticks of a day: a random walk, bent so that it starts at this day's opening price and ends at the next
 * day's. The same (seed, symbol, day) gives the same ticks in every process.
 *
 * @param day days since 1970-01-01
 * @param ticks the arrays to write into. @default new ones
 */
export function simulateDay(seed: string, instrument: SimulatedInstrument, day: number, ticks = createTicks()): Day {
  const { cents, volumes } = ticks;
  const open = dayOpen(seed, instrument, day);
  const next = dayOpen(seed, instrument, day + 1);

  // This runs millions of times when a server starts. The arrays of integers cut off fractions, which is faster than Math.floor.
  let state = hash(`${seed}/${instrument.symbol}/ticks/${day}`) | 0;
  let at = 0;
  for (let second = 0; second < SECONDS; second++) {
    walk[second] = at;
    state = nextState(state);
    const drawn = drawnFrom(state);
    at += drawn / 2 ** 31 - 1;
    // The low bits are independent of the step. Squaring gives most seconds a small volume and some a large one; the
    // average is a third.
    const share = (drawn & 0xffff) / 0x10000;
    volumes[second] = Math.max(1, share * share * 3 * instrument.volume);
  }
  const step = (open * instrument.volatility) / Math.sqrt(SECONDS * STEP_VARIANCE);
  const bend = (next - open - step * at) / SECONDS;
  for (let second = 0; second < SECONDS; second++) {
    const exactCents = (open + bend * second + step * (walk[second] as number)) * 100;
    cents[second] = exactCents < 1 ? 1 : exactCents + 0.5;
  }
  return { start: day * DAY_MS, cents, volumes };
}

/**
 * Builds the 1-minute bars of a day up to and including the tick of a second; the last bar may be incomplete.
 *
 * @param through 0 to 86,399
 */
export function minuteBars({ start, cents, volumes }: Day, through = SECONDS - 1): PackedBars {
  const bars = new PackedBars(start, MINUTE_MS, Math.ceil((through + 1) / 60));
  for (let first = 0; first <= through; first += 60) {
    const last = Math.min(first + 59, through);
    let high = cents[first] as number;
    let low = high;
    let volume = 0;
    for (let second = first; second <= last; second++) {
      const price = cents[second] as number;
      if (price > high) high = price;
      if (price < low) low = price;
      volume += volumes[second] as number;
    }
    bars.set(first / 60, cents[first] as number, high, low, cents[last] as number, volume);
  }
  return bars;
}
