import type { Bar } from "@trading/topic";
import { UTC_CALENDAR } from "../../calendar.js";
import type { Resolution, StartOfBar } from "../../resolution.js";

/** Numbers of one bar: open, high, low and close in cents, then the volume. */
const WIDTH = 5;

/**
 * Consecutive bars of equal length as one array: 20 bytes a bar, which as objects would be about 140. Prices are integer
 * cents, so nothing is lost.
 */
export class PackedBars {
  readonly #start: number;
  readonly #lengthMs: number;
  readonly #values: Uint32Array;

  /**
   * @param start opening time of the first bar. Unix milliseconds
   * @param lengthMs length of each bar in milliseconds
   */
  constructor(start: number, lengthMs: number, count: number) {
    this.#start = start;
    this.#lengthMs = lengthMs;
    this.#values = new Uint32Array(count * WIDTH);
  }

  get byteLength(): number {
    return this.#values.byteLength;
  }

  get length(): number {
    return this.#values.length / WIDTH;
  }

  /** Sets a bar. Prices are in cents. */
  set(index: number, open: number, high: number, low: number, close: number, volume: number): void {
    const at = index * WIDTH;
    this.#values[at] = open;
    this.#values[at + 1] = high;
    this.#values[at + 2] = low;
    this.#values[at + 3] = close;
    this.#values[at + 4] = volume;
  }

  /** Returns bars that each combine a number of these, which must divide their count. */
  combined(size: number): PackedBars {
    const result = new PackedBars(this.#start, this.#lengthMs * size, this.length / size);
    for (let index = 0; index < result.length; index++) {
      const { open, high, low, close, volume } = this.#combine(index * size, size);
      result.set(index, open, high, low, close, volume);
    }
    return result;
  }

  /** Returns these bars as bars of a coarser resolution, of which each must contain whole bars of these. */
  toBars(resolution: Resolution): Bar[] {
    const bars: Bar[] = [];
    this.appendTo(bars, resolution, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    return bars;
  }

  /**
   * Appends these bars as bars of a coarser resolution, of which each must contain whole bars of these.
   *
   * @param from opening time of the first bar to append
   * @param through last opening time to append
   * @param startOf returns the opening time of the bar that contains a time. @default in UTC
   */
  appendTo(
    bars: Bar[],
    resolution: Resolution,
    from: number,
    through: number,
    startOf: StartOfBar = (each, time) => UTC_CALENDAR.barStart(each, time),
  ): void {
    const count = this.length;
    for (let index = 0; index < count; ) {
      const time = startOf(resolution, this.#timeOf(index));
      let size = 1;
      while (index + size < count && startOf(resolution, this.#timeOf(index + size)) === time) size++;
      if (time >= from && time <= through) {
        const { open, high, low, close, volume } = this.#combine(index, size);
        bars.push({ time, open: open / 100, high: high / 100, low: low / 100, close: close / 100, volume });
      }
      index += size;
    }
  }

  #timeOf(index: number): number {
    return this.#start + index * this.#lengthMs;
  }

  /** Returns one bar of several, with prices in cents. */
  #combine(first: number, size: number) {
    const values = this.#values;
    const at = first * WIDTH;
    const end = at + size * WIDTH;
    let high = 0;
    let low = Number.MAX_SAFE_INTEGER;
    let volume = 0;
    for (let offset = at; offset < end; offset += WIDTH) {
      high = Math.max(high, values[offset + 1] as number);
      low = Math.min(low, values[offset + 2] as number);
      volume += values[offset + 4] as number;
    }
    return { open: values[at] as number, high, low, close: values[end - 2] as number, volume };
  }
}
