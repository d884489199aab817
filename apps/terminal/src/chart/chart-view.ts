import type { Bar } from "@trading/topic";
import {
  type AutoscaleInfo,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type UTCTimestamp,
} from "lightweight-charts";
import type { BarScreen } from "./use-bars.js";

/** A price that matters to the account, drawn across the chart. */
export interface PriceMark {
  readonly price: number;
  /** `Buy 10 limit`. */
  readonly title: string;
  readonly color: "up" | "down";
  /** Something that is held, and not something that waits. */
  readonly isHeld: boolean;
}

/** The chart on the page: candles above, volume below. The only file that knows the chart library. */
export class ChartView implements BarScreen {
  /** Called with the bar under the pointer, or undefined when it leaves. */
  onPoint: (bar: Bar | undefined) => void = () => {};
  /** Called when the first bars come into view. */
  onNearStart: () => void = () => {};

  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #darkness = matchMedia("(prefers-color-scheme: dark)");
  readonly #repaint = () => this.#paint();
  #bars: readonly Bar[] = [];
  #marks: readonly PriceMark[] = [];
  readonly #lines: IPriceLine[] = [];
  #colors = readColors();

  constructor(container: HTMLElement) {
    this.#chart = createChart(container, {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.24 } },
      timeScale: { borderVisible: false, rightOffset: 6, barSpacing: 9, minBarSpacing: 1 },
      localization: { locale: "en" },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      autoscaleInfoProvider: (ofBars: () => AutoscaleInfo | null) => withMarks(ofBars(), this.#marks),
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#chart.subscribeCrosshairMove(({ time }) => {
      this.onPoint(time === undefined ? undefined : this.#at((time as number) * 1000));
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && this.#bars.length > 0 && range.from < 20) this.onNearStart();
    });
    this.#darkness.addEventListener("change", this.#repaint);
    this.#paint();
  }

  /** Shows the time of day on the axis, or not. */
  set timeVisible(timeVisible: boolean) {
    this.#chart.timeScale().applyOptions({ timeVisible, secondsVisible: false });
  }

  reset(bars: readonly Bar[]): void {
    const starts = this.#bars.length === 0;
    this.#bars = bars;
    this.#candles.setData(bars.map(candleOf));
    this.#volume.setData(bars.map((bar) => this.#volumeOf(bar)));
    if (starts) this.#chart.timeScale().resetTimeScale();
  }

  update(bars: readonly Bar[]): void {
    const last = bars.at(-1);
    if (this.#bars.length === 0 || last === undefined) {
      this.reset(bars);
      return;
    }
    this.#bars = bars;
    this.#candles.update(candleOf(last));
    this.#volume.update(this.#volumeOf(last));
  }

  /** The prices that are drawn across the chart, and no others. */
  set marks(marks: readonly PriceMark[]) {
    this.#marks = marks;
    for (const line of this.#lines.splice(0)) this.#candles.removePriceLine(line);
    for (const { price, title, color, isHeld } of marks) {
      this.#lines.push(
        this.#candles.createPriceLine({
          price,
          title,
          color: this.#colors[color],
          lineWidth: 1,
          lineStyle: isHeld ? LineStyle.Solid : LineStyle.Dashed,
          axisLabelVisible: true,
        }),
      );
    }
  }

  destroy(): void {
    this.#darkness.removeEventListener("change", this.#repaint);
    this.#chart.remove();
  }

  #at(time: number): Bar | undefined {
    return this.#bars.find((bar) => bar.time === time);
  }

  #paint(): void {
    this.#colors = readColors();
    const { panel, text, line, up, down } = this.#colors;
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: panel },
        textColor: text,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 11,
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: { color: text, labelBackgroundColor: text },
        horzLine: { color: text, labelBackgroundColor: text },
      },
    });
    this.#candles.applyOptions({
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
      borderVisible: false,
    });
    this.#volume.setData(this.#bars.map((bar) => this.#volumeOf(bar)));
    this.marks = this.#marks;
  }

  #volumeOf({ time, open, close, volume }: Bar) {
    const color = `${close < open ? this.#colors.down : this.#colors.up}59`;
    return { time: timeOf(time), value: volume, color };
  }
}

/** A scale that shows marks too, unless they are farther from the bars than these from each other. */
function withMarks(info: AutoscaleInfo | null, marks: readonly PriceMark[]): AutoscaleInfo | null {
  if (!info?.priceRange) return info;
  const { minValue, maxValue } = info.priceRange;
  const span = maxValue - minValue;
  const near = marks.map(({ price }) => price).filter((price) => price > minValue - span && price < maxValue + span);
  return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
}

function candleOf({ time, open, high, low, close }: Bar) {
  return { time: timeOf(time), open, high, low, close };
}

function timeOf(ms: number): UTCTimestamp {
  return (ms / 1000) as UTCTimestamp;
}

/** The style sheet's colours, since a canvas knows no custom properties. */
function readColors() {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    panel: color("--panel"),
    text: color("--text-dim"),
    line: color("--line-faint"),
    up: color("--up"),
    down: color("--down"),
  };
}
