import { type Bar, RESOLUTIONS } from "@trading/topic";
import type { Trade } from "../../market-source.js";
import { DAY_MS, isFiner, MINUTE_MS, type Resolution, SHORTEST_MS } from "../../resolution.js";
import { parseRecording, RecordingError } from "./csv.js";

const WEEK_MS = 7 * DAY_MS;

/**
 * Recorded bars as an endless sequence: pass 0 is the recording, and each further pass repeats it, shifted by whole
 * weeks, so that weekdays stay the same and time never runs backwards.
 */
export class Recording {
  readonly file: string;
  /** Resolution of the bars, derived from the most common distance between two. */
  readonly resolution: Resolution;
  /** Time shift between two passes, in milliseconds. */
  readonly passMs: number;
  readonly #bars: readonly Bar[];

  /** @throws RecordingError */
  constructor(text: string, file: string) {
    this.file = file;
    this.#bars = parseRecording(text, file);
    this.resolution = resolutionOf(this.#bars, file);
    const [first, last] = [this.#bars[0] as Bar, this.#bars.at(-1) as Bar];
    this.passMs = (Math.floor((last.time - first.time) / WEEK_MS) + 1) * WEEK_MS;
  }

  /** Number of bars in one pass. */
  get length(): number {
    return this.#bars.length;
  }

  /** @param index from 0, over all passes */
  bar(index: number): Bar {
    const recorded = this.#bars[index % this.length] as Bar;
    return { ...recorded, time: recorded.time + Math.floor(index / this.length) * this.passMs };
  }

  /**
   * Converts a bar into trades with the bar's time: the open, the nearer extreme, the other extreme and the close. The
   * volume is shared evenly.
   *
   * @param index from 0, over all passes
   */
  trades(index: number): Trade[] {
    const { time, open, high, low, close, volume } = this.bar(index);
    const [first, second] = close < open ? [high, low] : [low, high];
    const prices = [open, first, second, close].filter((price, at, all) => at === 0 || price !== all[at - 1]);
    const share = Math.floor(volume / prices.length);
    return prices.map((price, at) => ({
      id: `${index}-${at}`,
      time,
      price,
      qty: at === 0 ? volume - share * (prices.length - 1) : share,
      side: price < (prices[at - 1] ?? open) ? -1 : 1,
    }));
  }

  /**
   * Returns bars that have been played, ascending.
   *
   * @param played number of bars played so far
   * @param to only bars that open before this time, Unix milliseconds; undefined: all of them
   * @param countBack maximum number of bars, the newest
   */
  history(played: number, to: number | undefined, countBack: number): Bar[] {
    let end = played;
    while (to !== undefined && end > 0 && this.bar(end - 1).time >= to) end--;
    const first = Math.max(0, end - countBack);
    return Array.from({ length: end - first }, (_, index) => this.bar(first + index));
  }
}

/** A day, week or month with a change to summer time is one hour shorter. */
const CLOCK_CHANGE_MS = 60 * MINUTE_MS;

/** Returns the resolution that most distances between bars match; the finer one of two. */
function resolutionOf(bars: readonly Bar[], file: string): Resolution {
  const counts = new Map<Resolution, number>();
  for (let index = 1; index < bars.length; index++) {
    const gapMs = (bars[index] as Bar).time - (bars[index - 1] as Bar).time;
    const resolution = RESOLUTIONS.findLast((each) => gapMs >= leastGapMs(each));
    if (resolution === undefined) {
      throw new RecordingError(file, undefined, `the bars are ${gapMs} ms apart: expected at least a minute`);
    }
    counts.set(resolution, (counts.get(resolution) ?? 0) + 1);
  }
  const commonest = Math.max(...counts.values());
  const resolution = RESOLUTIONS.find((each) => counts.get(each) === commonest);
  if (resolution === undefined) {
    throw new RecordingError(file, undefined, `the recording has ${bars.length} bars: expected at least 2`);
  }
  return resolution;
}

function leastGapMs(resolution: Resolution): number {
  return SHORTEST_MS[resolution] - (isFiner(resolution, "D") ? 0 : CLOCK_CHANGE_MS);
}
