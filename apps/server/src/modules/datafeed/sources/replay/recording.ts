import { type Bar, RESOLUTIONS } from "@trading/topic";
import { UTC } from "../../../../market/time-zone.js";
import { join } from "../../aggregate.js";
import { type Calendar, calendarOf, type LocalTime } from "../../calendar.js";
import type { Trade } from "../../market-source.js";
import { DAY_MS, isFiner, type Resolution, SHORTEST_MS } from "../../resolution.js";
import { walkBar } from "../../walk-bar.js";
import { BarTable } from "./bar-table.js";
import { parseRecording } from "./csv/parse-recording.js";
import { RecordingError } from "./csv/recording-error.js";
import { priceStepOf, qtyStepOf } from "./price-step.js";
import { recordedDays } from "./recorded-days.js";

const WEEK_MS = 7 * DAY_MS;

/** The latest time of a JavaScript `Date`, less a day, so that its local time is valid too. */
const MAX_TIME = 8_640_000_000_000_000 - DAY_MS;

/**
 * Recorded bars as a sequence of passes: pass 0 is the recording, and each further pass repeats it, shifted by whole weeks,
 * so that weekdays stay the same and time never runs backwards. After the last pass whose dates exist, the sequence begins
 * again with pass 0.
 */
export class Recording {
  readonly file: string;
  /** Resolution of the bars, derived from the most common distance between two. */
  readonly resolution: Resolution;
  /** The recording's resolution and all coarser ones, finest first. */
  readonly resolutions: readonly Resolution[];
  /** Time shift between two passes, in milliseconds. */
  readonly passMs: number;
  /** Number of bars after which the sequence begins again. */
  readonly cycle: number;
  /** Whether the volumes are known: every bar has one, and not all are 0. */
  readonly hasVolume: boolean;
  readonly hasNegativePrices: boolean;
  /** The step of order prices; unless it is given, that of all prices by their decimals: from 0.00000001 to 0.01. */
  readonly priceStep: number;
  /** The step of order quantities, by the decimals of the volumes: from 0.000001 to 1. */
  readonly qtyStep: number;
  /** Sentences about what is played in a way that the reader of the file may not expect. */
  readonly notes: readonly string[];
  /** The IANA name of a time zone in which the bars' days begin at midnight. */
  readonly timezone: string;
  /** Times are local ones, unless the bars are shorter than a day: weeks of local time have different lengths. */
  readonly #bars: BarTable;
  readonly #zone: LocalTime;
  readonly #calendar: Calendar;

  /**
   * @param zone the session's time zone, which is also that of times without a zone
   * @param priceStep the step of order prices. @default by the decimals of all prices
   * @throws RecordingError
   */
  constructor(text: string, file: string, zone = UTC, priceStep?: number) {
    const toUtc = zone === UTC ? undefined : (localMs: number) => zone.toUnix(localMs);
    const { bars, hasVolume, notes } = parseRecording(text, file, toUtc);
    this.file = file;
    this.resolution = resolutionOf(bars, file);
    this.resolutions = RESOLUTIONS.filter((each) => !isFiner(each, this.resolution));
    this.hasVolume = hasVolume;
    this.hasNegativePrices = bars.some(({ low }) => low <= 0);
    this.priceStep = priceStep ?? priceStepOf(bars);
    this.qtyStep = qtyStepOf(bars, this.priceStep);
    const days = isFiner(this.resolution, "D")
      ? { zone: UTC, calendar: calendarOf(zone.name), timezone: zone.name }
      : recordedDays(
          bars.map(({ time }) => time),
          zone,
        );
    this.timezone = days.timezone;
    const { time } = bars[0] as Bar;
    this.notes = days.timezone === zone.name ? notes : [...notes, otherDays(time, days.timezone, zone.name)];
    this.#calendar = days.calendar;
    this.#zone = days.zone;
    this.#bars = new BarTable(bars, (time) => days.zone.toLocal(time));
    const [first, last] = [this.#bars.timeOf(0), this.#bars.timeOf(bars.length - 1)];
    this.passMs = (Math.floor((last - first) / WEEK_MS) + 1) * WEEK_MS;
    this.cycle = bars.length * (Math.floor((MAX_TIME - last) / this.passMs) + 1);
  }

  /** Number of bars in one pass. */
  get length(): number {
    return this.#bars.length;
  }

  /** Number of bars and sums of bars read so far. */
  get visited(): number {
    return this.#bars.visited;
  }

  /** @param index from 0, over all passes */
  bar(index: number): Bar {
    const within = index % this.cycle;
    return this.#combine(within, within + 1);
  }

  /** Returns a bar as trades. @param index from 0, over all passes */
  trades(index: number): Required<Trade>[] {
    return walkBar(this.bar(index), `${index}`);
  }

  /** Returns the last trades of the bars that have been played, oldest first. @param played number of bars @param count of trades */
  tradesBefore(played: number, count: number): Required<Trade>[] {
    // What was played before the sequence began again has later dates.
    const origin = Math.floor(Math.max(0, played - 1) / this.cycle) * this.cycle;
    const trades: Required<Trade>[] = [];
    for (let index = played - 1; index >= origin && trades.length < count; index--)
      trades.unshift(...this.trades(index));
    return trades.slice(-count);
  }

  /** Returns the opening time of the bar of a resolution that contains a time. Recorded bars keep their opening times. */
  readonly barStart = (resolution: Resolution, time: number): number =>
    resolution === this.resolution ? time : this.#calendar.barStart(resolution, time);

  /**
   * Returns bars that have been played, ascending, as bars of a resolution.
   *
   * @param played number of bars played so far
   * @param to only bars that open before this time, Unix milliseconds; undefined: all of them
   * @param countBack maximum number of bars, the newest
   */
  history(resolution: Resolution, played: number, to: number | undefined, countBack: number): Bar[] {
    // What was played before the sequence began again has later dates.
    const origin = Math.floor(Math.max(0, played - 1) / this.cycle) * this.cycle;
    let end = this.#endOf(resolution, to, played - origin);
    const bars: Bar[] = [];
    while (end > 0 && bars.length < countBack) {
      const time = this.barStart(resolution, this.#timeOf(end - 1));
      const first = resolution === this.resolution ? end - 1 : this.#firstFrom(time, end);
      bars.push({ ...this.#combine(first, end), time });
      end = first;
    }
    return bars.reverse();
  }

  /** Returns the index after the last bar that opens before `to`, or that belongs to a coarser bar that does. */
  #endOf(resolution: Resolution, to: number | undefined, played: number): number {
    if (to === undefined || played === 0 || to > this.#timeOf(played - 1)) return played;
    return this.#firstFrom(
      resolution === this.resolution ? to : this.#calendar.nextBarStart(resolution, to - 1),
      played,
    );
  }

  #timeOf(index: number): number {
    const pass = Math.floor(index / this.length);
    return this.#zone.toUnix(this.#bars.timeOf(index % this.length) + pass * this.passMs);
  }

  /** Returns the index of the first bar, up to `end`, that opens at or after a time. */
  #firstFrom(time: number, end: number): number {
    const local = this.#zone.toLocal(time);
    const pass = Math.max(0, Math.floor((local - this.#bars.timeOf(0)) / this.passMs));
    const from = pass * this.length;
    if (from >= end) return end;
    return from + this.#bars.firstFrom(local - pass * this.passMs, Math.min(this.length, end - from));
  }

  /** Returns consecutive bars as one, which can extend over several passes. @param end exclusive */
  #combine(first: number, end: number): Bar {
    const pass = Math.floor(first / this.length);
    const from = pass * this.length;
    const bar = this.#bars.combine(first - from, Math.min(this.length, end - from));
    const shifted = { ...bar, time: this.#zone.toUnix(bar.time + pass * this.passMs) };
    const next = from + this.length;
    return next < end ? join(shifted, this.#combine(next, end)) : shifted;
  }
}

/** Returns the note on bars whose days are not those of the session's time zone. */
function otherDays(time: number, timezone: string, session: string): string {
  const opened = new Date(time).toISOString().slice(11, 16);
  return `The bars open at ${opened} UTC, which is not midnight in ${session}: their days are those of ${timezone}. Set REPLAY_TIMEZONE to the session's time zone, such as Asia/Tokyo.`;
}

/** Returns the resolution that most distances between bars match; the finer one of two. */
function resolutionOf(bars: readonly Bar[], file: string): Resolution {
  const counts = new Map<Resolution, number>();
  for (let index = 1; index < bars.length; index++) {
    const gapMs = (bars[index] as Bar).time - (bars[index - 1] as Bar).time;
    const resolution = RESOLUTIONS.findLast((each) => gapMs >= SHORTEST_MS[each]);
    if (resolution !== undefined) counts.set(resolution, (counts.get(resolution) ?? 0) + 1);
  }
  const commonest = Math.max(...counts.values());
  const resolution = RESOLUTIONS.find((each) => counts.get(each) === commonest);
  if (resolution !== undefined) return resolution;
  const problem = `the file has ${bars.length === 1 ? "1 bar" : "no bars"}, expected at least 2: add lines.`;
  throw new RecordingError(file, undefined, problem);
}
