import { type Bar, RESOLUTIONS } from "@trading/topic";
import { type Clock, type Logger, SourceError } from "@trading/ws-server";
import { join } from "../aggregate.js";
import { isFiner, type Resolution } from "../resolution.js";
import { type Datafeed, type HistoryRequest, type Instrument, instrumentOf } from "../service.js";
import type { Recording } from "./recording.js";

/** How recorded bars are played. */
export interface ReplayOptions {
  readonly symbol: string;
  /** More than 0. */
  readonly barsPerSecond: number;
  /** At the end of the recording: stop, and the last bar stands; or loop, each pass later by whole weeks. */
  readonly atEnd: "stop" | "loop";
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A clock may be late by so much at a high speed that one turn of the event loop would play too long. */
const MAX_BARS_A_TURN = 1_000;

interface Watcher {
  readonly resolution: Resolution;
  readonly onBar: (bar: Bar) => void;
  bar: Bar | undefined;
}

/** What resolutions are called in a sentence. */
const IN_WORDS: Readonly<Record<Resolution, string>> = {
  "1": "every minute",
  "5": "every 5 minutes",
  "15": "every 15 minutes",
  "30": "every 30 minutes",
  "60": "hourly",
  D: "daily",
  W: "weekly",
  M: "monthly",
};

/**
 * Plays one symbol's recorded bars, each once, at a chosen speed; coarser resolutions are made of them as they come. Its
 * history is what has been played. It plays while somebody watches, and keeps its place while nobody does.
 */
export class ReplayDatafeed implements Datafeed {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description: string;
  readonly #recording: Recording;
  readonly #options: ReplayOptions;
  readonly #watchers = new Set<Watcher>();
  /** Bars played so far, over all passes. */
  #played = 0;
  #cancelNext: (() => void) | undefined;

  constructor(recording: Recording, options: ReplayOptions) {
    const { symbol, barsPerSecond, atEnd } = options;
    const description = `${symbol}, recorded`;
    this.instruments = new Map([[symbol, { symbol, description, exchange: "REPLAY", spread: 0 }]]);
    this.resolutions = RESOLUTIONS.filter((resolution) => !isFiner(resolution, recording.resolution));
    const end = atEnd === "loop" ? "then starts over, later by whole weeks" : "then stops, and the last bar stands";
    this.description =
      `replay of ${recording.file} as ${symbol}: ${recording.length} bars recorded ${IN_WORDS[recording.resolution]} ` +
      `(${recording.resolution}), ${barsPerSecond} a second, ${end}`;
    this.#recording = recording;
    this.#options = options;
  }

  async history({ symbol, resolution, to, countBack }: HistoryRequest): Promise<Bar[]> {
    this.#assertPlays(symbol, resolution);
    return this.#recording.history(resolution, this.#played, to, countBack);
  }

  async watch(symbol: string, resolution: Resolution, onBar: (bar: Bar) => void): Promise<() => void> {
    this.#assertPlays(symbol, resolution);
    const [bar] = this.#recording.history(resolution, this.#played, undefined, 1);
    const watcher: Watcher = { resolution, onBar, bar };
    if (bar !== undefined) onBar(bar);
    this.#watchers.add(watcher);
    this.#cancelNext ??= this.#play();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#cancelNext?.();
      this.#cancelNext = undefined;
    };
  }

  #assertPlays(symbol: string, resolution: Resolution): void {
    instrumentOf(this, symbol);
    if (this.resolutions.includes(resolution)) return;
    const own = this.#recording.resolution;
    const choices = new Intl.ListFormat("en", { type: "disjunction" })
      .format(this.resolutions)
      .replace(/, or /, " or ");
    throw new SourceError(
      "resolution_too_fine",
      `${symbol} is recorded ${IN_WORDS[own]} (${own}); it cannot be played as ${resolution}. Subscribe to ${choices}.`,
    );
  }

  /** Plays from here on, in step with the clock. @returns pauses it */
  #play(): (() => void) | undefined {
    const { clock, barsPerSecond } = this.#options;
    const msPerBar = 1_000 / barsPerSecond;
    const since = clock.monotonic();
    const from = this.#played;
    const next = (): (() => void) | undefined => {
      if (!this.#mayPlay) return undefined;
      const dueMs = since + (this.#played - from + 1) * msPerBar - clock.monotonic();
      return clock.after(Math.max(0, dueMs), () => {
        // At least one, or a timer that fires a hair early would be set again and again for the rest of a hair.
        const due = Math.max(1, Math.floor((clock.monotonic() - since) / msPerBar) - (this.#played - from));
        for (let count = Math.min(due, MAX_BARS_A_TURN); count > 0 && this.#mayPlay; count--) this.#playOne();
        this.#cancelNext = next();
      });
    };
    return next();
  }

  get #mayPlay(): boolean {
    const isOver = this.#options.atEnd === "stop" && this.#played >= this.#recording.length;
    return this.#watchers.size > 0 && !isOver;
  }

  #playOne(): void {
    const bar = this.#recording.bar(this.#played);
    this.#played++;
    for (const watcher of this.#watchers) {
      const time = this.#recording.start(watcher.resolution, bar);
      watcher.bar = watcher.bar?.time === time ? join(watcher.bar, bar) : { ...bar, time };
      watcher.onBar(watcher.bar);
    }
    if (this.#played % this.#recording.length === 0) this.#sayEnd();
  }

  #sayEnd(): void {
    const { symbol, atEnd, logger } = this.#options;
    const what = atEnd === "loop" ? "it starts over" : "it stops, and the last bar stands";
    const facts = { symbol, file: this.#recording.file, bars: this.#recording.length };
    logger.info(`The replay has reached the end of its recording: ${what}`, facts);
  }
}
