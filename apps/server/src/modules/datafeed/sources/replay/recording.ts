import { type Bar, RESOLUTIONS } from "@trading/topic";
import type { Trade } from "../../market-source.js";
import { DAY_MS, isFiner, MINUTE_MS, type Resolution, SHORTEST_MS } from "../../resolution.js";
import { parseRecording, RecordingError } from "./csv.js";

const WEEK_MS = 7 * DAY_MS;

/**
 * Recorded bars as an endless strip: bar `index` of pass 0 is the recorded one, and each further pass is the same again,
 * later by whole weeks, so that weekdays stay what they were and time never runs backwards.
 */
export class Recording {
  readonly file: string;
  /** What the bars are, told by the commonest distance between two. */
  readonly resolution: Resolution;
  /** How much later each pass is than the one before, in milliseconds. */
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

  /** Bars in one pass. */
  get length(): number {
    return this.#bars.length;
  }

  /** @param index counted over all passes, from 0 */
  bar(index: number): Bar {
    const recorded = this.#bars[index % this.length] as Bar;
    return { ...recorded, time: recorded.time + Math.floor(index / this.length) * this.passMs };
  }

  /**
   * A bar as trades, all of its time, that make it up again: the open, the nearer extreme, the other, the close. What was
   * traded is shared out evenly.
   *
   * @param index counted over all passes, from 0
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
   * The first so many of the strip, ascending.
   *
   * @param played how many have been played
   * @param to only bars that open before, Unix milliseconds; undefined: all of them
   * @param countBack at most how many, the newest
   */
  history(played: number, to: number | undefined, countBack: number): Bar[] {
    let end = played;
    while (to !== undefined && end > 0 && this.bar(end - 1).time >= to) end--;
    const first = Math.max(0, end - countBack);
    return Array.from({ length: end - first }, (_, index) => this.bar(first + index));
  }
}

/** Where clocks are put forward, a day, a week or a month is an hour short. */
const CLOCK_CHANGE_MS = 60 * MINUTE_MS;

/** The resolution that most distances between two bars speak for; of two, the finer. */
function resolutionOf(bars: readonly Bar[], file: string): Resolution {
  const counts = new Map<Resolution, number>();
  for (let index = 1; index < bars.length; index++) {
    const gapMs = (bars[index] as Bar).time - (bars[index - 1] as Bar).time;
    const resolution = RESOLUTIONS.findLast((each) => gapMs >= leastGapMs(each));
    if (resolution === undefined) {
      throw new RecordingError(file, undefined, `its bars are ${gapMs} ms apart: at least a minute was expected`);
    }
    counts.set(resolution, (counts.get(resolution) ?? 0) + 1);
  }
  const commonest = Math.max(...counts.values());
  const resolution = RESOLUTIONS.find((each) => counts.get(each) === commonest);
  if (resolution === undefined) {
    throw new RecordingError(file, undefined, `it has ${bars.length} bars: at least 2 were expected`);
  }
  return resolution;
}

function leastGapMs(resolution: Resolution): number {
  return SHORTEST_MS[resolution] - (isFiner(resolution, "D") ? 0 : CLOCK_CHANGE_MS);
}
