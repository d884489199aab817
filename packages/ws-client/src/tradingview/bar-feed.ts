import type { Bar } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import { defer } from "../defer.js";
import type { Resolution } from "../rest/symbols.js";
import type { Clock } from "../timers.js";
import { ChartBars } from "./chart-bars.js";
import type { SubscribeBarsCallback } from "./datafeed-types.js";
import { startInMicrotask } from "./start-in-microtask.js";

/** The symbol and resolution of a chart. */
export interface Series {
  readonly symbol: string;
  readonly resolution: Resolution;
}

/** A subscribed chart. */
interface Chart {
  readonly topic: string;
  readonly onReset: () => void;
  stop(): void;
}

/** The interval after a reset, in which a correction waits and only a gap resets again. */
interface Pause {
  /** Whether a correction is waiting. */
  isResetPending: boolean;
  readonly cancel: () => void;
}

export interface BarFeedOptions {
  readonly resetIntervalMs: number;
  readonly resetData: () => void;
  /** Loads the bars in a range, oldest first; `to` is exclusive. */
  readonly history: (series: Series, from: number, to: number) => Promise<readonly Bar[]>;
  readonly clock: Pick<Clock, "after">;
  readonly onError: (error: unknown) => void;
}

/** The live bar subscriptions of charts, by listener guid. */
export class BarFeed {
  readonly #client: Client;
  readonly #options: BarFeedOptions;
  readonly #charts = new Map<string, Chart>();
  /** By guid and not part of `Chart`, because the library reacts to a reset by unsubscribing and subscribing again. */
  readonly #pauses = new Map<string, Pause>();
  /**
   * Time of the newest bar that any chart of a topic has received since the last reset, from history or live. Stored by
   * topic, because the library may reuse a cached series for a later chart.
   */
  readonly #newest = new Map<string, number>();
  #isResetting = false;
  #isDestroyed = false;

  constructor(client: Client, options: BarFeedOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Records that a chart has received the newest history of a series. */
  historyLoaded(series: Series, history: readonly Bar[]): void {
    const last = history.at(-1);
    if (last) this.#record(bars.buildTopic(series), last);
  }

  subscribe(series: Series, onTick: SubscribeBarsCallback, guid: string, onReset: () => void): void {
    this.unsubscribe(guid);
    const { history, onError } = this.#options;
    const topic = bars.buildTopic(series);
    const chartBars = new ChartBars({
      newest: this.#newest.get(topic) ?? Number.NEGATIVE_INFINITY,
      onTick: (bar) => {
        if (this.#charts.get(guid) !== chart) return;
        this.#record(topic, bar);
        this.#call(() => onTick(bar));
      },
      onCorrection: () => this.#charts.get(guid) === chart && this.#correct(guid),
      history: (from, to) => history(series, from, to),
    });
    const listener = {
      onUpdate: (bar: Bar, { snapshot }: { snapshot: boolean }) => chartBars.take(bar, snapshot),
      onGap: () => this.#reset(guid),
    };
    const chart = {
      topic,
      onReset,
      stop: startInMicrotask(() => this.#client.subscribe(bars, series, listener), onError),
    };
    this.#charts.set(guid, chart);
  }

  unsubscribe(guid: string): void {
    this.#charts.get(guid)?.stop();
    this.#charts.delete(guid);
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const guid of this.#charts.keys()) this.unsubscribe(guid);
    for (const { cancel } of this.#pauses.values()) cancel();
    this.#pauses.clear();
  }

  #record(topic: string, { time }: Bar): void {
    this.#newest.set(topic, Math.max(time, this.#newest.get(topic) ?? time));
  }

  /** Resets the chart, or marks a reset as pending. A burst of corrections causes at most two resets. */
  #correct(guid: string): void {
    const pause = this.#pauses.get(guid);
    if (pause) pause.isResetPending = true;
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
    // One call for all charts whose caches are dropped in the same microtask.
    defer(() => {
      this.#isResetting = false;
      if (!this.#isDestroyed) this.#call(this.#options.resetData);
    });
  }

  #pause(guid: string): void {
    this.#pauses.get(guid)?.cancel();
    this.#pauses.delete(guid);
    const { clock, resetIntervalMs } = this.#options;
    if (resetIntervalMs === 0) return;
    const cancel = clock.after(resetIntervalMs, () => {
      this.#pauses.delete(guid);
      if (pause.isResetPending) this.#reset(guid);
    });
    const pause: Pause = { isResetPending: false, cancel };
    this.#pauses.set(guid, pause);
  }

  /** Calls a callback of the library. An exception is reported and does not affect other charts. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
