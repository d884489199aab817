import type { Bar } from "@trading/topic";
import {
  type IChartApiBase,
  type ISeriesApi,
  LineSeries,
  type LineWidth,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { TimeZone } from "../page/time-zone.js";
import { INDICATORS, type IndicatorId } from "./chart-style.js";
import {
  exponentialAverage,
  type IndicatorValues,
  relativeStrength,
  simpleAverage,
  volumeWeightedPrice,
} from "./indicators.js";

const DAY_MS = 86_400_000;

/** Colors of lines that are distinct from each other in both themes, and from the candles. */
const COLORS: Readonly<Record<IndicatorId, string>> = {
  sma20: "#3b82f6",
  sma50: "#c27803",
  ema20: "#a855f7",
  vwap: "#0e9f9f",
  rsi14: "#3b82f6",
};

/** The indicators on a chart: lines over the bars, and the relative strength index in a pane under them. */
export class IndicatorLines {
  readonly #chart: IChartApiBase<Time>;
  readonly #lines = new Map<IndicatorId, ISeriesApi<"Line">>();

  constructor(chart: IChartApiBase<Time>) {
    this.#chart = chart;
  }

  /** Shows these indicators and no others. Without data until `draw`. */
  select(ids: readonly IndicatorId[]): void {
    for (const [id, line] of this.#lines) {
      if (ids.includes(id)) continue;
      this.#chart.removeSeries(line);
      this.#lines.delete(id);
    }
    for (const id of ids) {
      if (this.#lines.has(id)) continue;
      const options = {
        color: COLORS[id],
        lineWidth: 1 as LineWidth,
        title: INDICATORS.find((each) => each.id === id)?.label ?? id,
        priceLineVisible: false,
        crosshairMarkerVisible: false,
      };
      const isRsi = id === "rsi14";
      const line = this.#chart.addSeries(LineSeries, options, isRsi ? 1 : 0);
      this.#lines.set(id, line);
      if (!isRsi) continue;
      for (const price of [30, 70]) line.createPriceLine({ price, color: COLORS[id], lineStyle: 2, lineWidth: 1 });
      line.getPane().setHeight(110);
    }
  }

  /** Draws the indicators of bars. @param changed number of bars at the end that have changed; undefined for all */
  draw(bars: readonly Bar[], zone: TimeZone, changed?: number): void {
    const closes = bars.map(({ close }) => close);
    for (const [id, line] of this.#lines) {
      const values = valuesOf(id, bars, closes, zone);
      const points = bars.flatMap(({ time }, index) => {
        const value = values[index];
        return value === undefined ? [] : [{ time: (time / 1000) as UTCTimestamp, value }];
      });
      if (changed === undefined) line.setData(points);
      else for (const point of points.slice(Math.max(0, points.length - changed))) line.update(point);
    }
  }
}

function valuesOf(id: IndicatorId, bars: readonly Bar[], closes: readonly number[], zone: TimeZone): IndicatorValues {
  if (id === "vwap") return volumeWeightedPrice(bars, (ms) => Math.floor((ms + zone.offsetAt(ms)) / DAY_MS));
  if (id === "rsi14") return relativeStrength(closes, 14);
  return id === "ema20" ? exponentialAverage(closes, 20) : simpleAverage(closes, id === "sma20" ? 20 : 50);
}
