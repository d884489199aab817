import type { Bar } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { Clock } from "../options.js";
import { ChartBars } from "./chart-bars.js";
import type { SubscribeBarsCallback } from "./datafeed-types.js";
import type { Resolution } from "./resolution.js";
import { soon } from "./soon.js";

/** What a chart shows. */
export interface Series {
  readonly symbol: string;
  readonly resolution: Resolution;
}

/** One chart that listens. */
interface Chart {
  readonly topic: string;
  readonly onReset: () => void;
  stop(): void;
}

/** A time after a reset within which only gaps reset again. */
interface Pause {
  isWanted: boolean;
  readonly end: () => void;
}

export interface BarFeedOptions {
  readonly resetIntervalMs: number;
  readonly resetData: () => void;
  /** The bars from one time up to, and without, another, oldest first. */
  readonly history: (series: Series, from: number, to: number) => Promise<readonly Bar[]>;
  readonly clock: Pick<Clock, "after">;
  readonly onError: (error: unknown) => void;
}

/** The live bars of charts, by the guids the library gives them. */
export class BarFeed {
  readonly #client: Client;
  readonly #options: BarFeedOptions;
  readonly #charts = new Map<string, Chart>();
  /** By guid, and not by chart: the library answers a reset by unsubscribing and subscribing. */
  readonly #pauses = new Map<string, Pause>();
  /**
   * When the newest bar begins that any chart of a topic was given, in its history or live, since the last reset. By topic:
   * the library may keep a series for a chart that comes later.
   */
  readonly #newest = new Map<string, number>();
  #isResetting = false;
  #isEnded = false;

  constructor(client: Client, options: BarFeedOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** A chart is given the newest history of a series. */
  loaded(series: Series, history: readonly Bar[]): void {
    const last = history.at(-1);
    if (last) this.#given(bars.buildTopic(series), last);
  }

  subscribe(series: Series, onTick: SubscribeBarsCallback, guid: string, onReset: () => void): void {
    this.unsubscribe(guid);
    const { history, onError } = this.#options;
    const topic = bars.buildTopic(series);
    const known = new ChartBars({
      newest: this.#newest.get(topic) ?? Number.NEGATIVE_INFINITY,
      onTick: (bar) => {
        if (this.#charts.get(guid) !== chart) return;
        this.#given(topic, bar);
        this.#call(() => onTick(bar));
      },
      onCorrection: () => this.#charts.get(guid) === chart && this.#correct(guid),
      history: (from, to) => history(series, from, to),
    });
    const listener = {
      onUpdate: (bar: Bar, { snapshot }: { snapshot: boolean }) => known.take(bar, snapshot),
      onGap: () => this.#reset(guid),
    };
    const chart = { topic, onReset, stop: soon(() => this.#client.subscribe(bars, series, listener), onError) };
    this.#charts.set(guid, chart);
  }

  unsubscribe(guid: string): void {
    this.#charts.get(guid)?.stop();
    this.#charts.delete(guid);
  }

  destroy(): void {
    this.#isEnded = true;
    for (const guid of this.#charts.keys()) this.unsubscribe(guid);
    for (const { end } of this.#pauses.values()) end();
    this.#pauses.clear();
  }

  #given(topic: string, { time }: Bar): void {
    this.#newest.set(topic, Math.max(time, this.#newest.get(topic) ?? time));
  }

  /** However many corrections come at once, they make two resets at most. */
  #correct(guid: string): void {
    const pause = this.#pauses.get(guid);
    if (pause) pause.isWanted = true;
    else this.#reset(guid);
  }

  #reset(guid: string): void {
    const chart = this.#charts.get(guid);
    if (chart === undefined) return;
    this.#pause(guid);
    this.#newest.delete(chart.topic);
    this.#call(chart.onReset);
    if (this.#isResetting) return;
    this.#isResetting = true;
    // Once for all charts whose caches are dropped at one moment.
    queueMicrotask(() => {
      this.#isResetting = false;
      if (!this.#isEnded) this.#call(this.#options.resetData);
    });
  }

  #pause(guid: string): void {
    this.#pauses.get(guid)?.end();
    this.#pauses.delete(guid);
    const { clock, resetIntervalMs } = this.#options;
    if (resetIntervalMs === 0) return;
    const end = clock.after(resetIntervalMs, () => {
      this.#pauses.delete(guid);
      if (pause.isWanted) this.#reset(guid);
    });
    const pause: Pause = { isWanted: false, end };
    this.#pauses.set(guid, pause);
  }

  /** A callback of the library that throws stops no other chart. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
