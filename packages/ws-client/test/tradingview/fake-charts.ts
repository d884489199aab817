import type { Bar } from "@trading/topic";
import type { Datafeed, LibrarySymbolInfo, PeriodParams } from "../../src/tradingview/index.js";

/** Returns the time `count` minutes after an arbitrary minute. Unix milliseconds. */
export const minute = (count: number) => 1_700_000_040_000 + count * 60_000;

export const bar = (count: number, close = 1): Bar => ({
  time: minute(count),
  open: 1,
  high: 2,
  low: 0,
  close,
  volume: 5,
});

export const AAPL: LibrarySymbolInfo = {
  name: "AAPL",
  description: "Apple",
  type: "stock",
  session: "24x7",
  timezone: "Etc/UTC",
  exchange: "X",
  listed_exchange: "X",
  format: "price",
  minmov: 1,
  pricescale: 100,
};

/** A chart of the library. */
export interface FakeChart {
  readonly guid: string;
  readonly symbol: LibrarySymbolInfo;
  readonly resolution: string;
  /** The displayed bars: history, then live bars. */
  readonly bars: Bar[];
  /** The live bars in order of arrival, as `minute:close`. */
  readonly ticks: string[];
  readonly errors: string[];
  resets: number;
  isStale: boolean;
  isOpen: boolean;
}

/** Simulates the charting library with a datafeed, and checks that the datafeed follows the library's rules. */
export class FakeCharts {
  readonly charts: FakeChart[] = [];
  /** Violated rules. Each is also thrown, as the library does. */
  readonly violations: string[] = [];
  resetDataCalls = 0;
  #datafeed!: Datafeed;
  /** Whether a method of the datafeed is running. */
  #isCalling = false;

  connect(datafeed: Datafeed): void {
    this.#datafeed = datafeed;
  }

  /** Calls the datafeed. A callback before it returns is a violation. */
  call(run: (datafeed: Datafeed) => void): void {
    this.#isCalling = true;
    try {
      run(this.#datafeed);
    } finally {
      this.#isCalling = false;
    }
  }

  /** Wraps a callback for the datafeed. */
  callback<Values extends unknown[]>(name: string, run: (...values: Values) => void) {
    return (...values: Values): void => {
      if (this.#isCalling) this.#violate(`${name} was called before the method had returned`);
      run(...values);
    };
  }

  /** Loads the history of a chart, then subscribes it. */
  open(guid: string, symbol = AAPL, resolution = "1"): FakeChart {
    const chart: FakeChart = {
      guid,
      symbol,
      resolution,
      bars: [],
      ticks: [],
      errors: [],
      resets: 0,
      isStale: false,
      isOpen: true,
    };
    this.charts.push(chart);
    this.#load(chart);
    return chart;
  }

  close(chart: FakeChart): void {
    chart.isOpen = false;
    this.call((datafeed) => datafeed.unsubscribeBars(chart.guid));
  }

  /** Behaves as `widget.activeChart().resetData()`: reloads the charts whose cache was dropped. */
  resetData(): void {
    this.resetDataCalls += 1;
    for (const chart of this.charts) {
      if (!chart.isStale || !chart.isOpen) continue;
      this.call((datafeed) => datafeed.unsubscribeBars(chart.guid));
      chart.isStale = false;
      chart.bars.length = 0;
      this.#load(chart);
    }
  }

  #load(chart: FakeChart): void {
    const period: PeriodParams = {
      from: minute(0) / 1_000,
      to: minute(1_000) / 1_000,
      countBack: 300,
      firstDataRequest: true,
    };
    const onResult = this.callback("onResult", (bars: Bar[]) => {
      this.#checkOrder(bars);
      chart.bars.push(...bars);
      if (chart.isOpen) this.#subscribe(chart);
    });
    const onError = this.callback("onError", (reason: string) => chart.errors.push(reason));
    this.call((datafeed) => datafeed.getBars(chart.symbol, chart.resolution, period, onResult, onError));
  }

  #subscribe(chart: FakeChart): void {
    const onTick = this.callback("onTick", (tick: Bar) => {
      const last = chart.bars.at(-1);
      if (!chart.isOpen) this.#violate(`${chart.guid} received a bar after it was unsubscribed`);
      if (last && tick.time < last.time) this.#violate(`time violation: ${tick.time} after ${last.time}`);
      if (last?.time === tick.time) chart.bars.pop();
      chart.bars.push(tick);
      chart.ticks.push(`${(tick.time - minute(0)) / 60_000}:${tick.close}`);
    });
    const onReset = this.callback("onResetCacheNeeded", () => {
      if (!chart.isOpen) this.#violate(`${chart.guid} was reset after it was unsubscribed`);
      chart.resets += 1;
      chart.isStale = true;
    });
    this.call((datafeed) => datafeed.subscribeBars(chart.symbol, chart.resolution, onTick, chart.guid, onReset));
  }

  #checkOrder(bars: readonly Bar[]): void {
    bars.forEach((current, index) => {
      if (index > 0 && current.time <= bars[index - 1]!.time) this.#violate("the history is not sorted by time");
    });
  }

  #violate(rule: string): never {
    this.violations.push(rule);
    throw new Error(rule);
  }
}
