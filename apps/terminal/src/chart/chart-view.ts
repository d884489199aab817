import type { Bar } from "@trading/topic";
import {
  type AutoscaleInfo,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChartEx,
  HistogramSeries,
  type IChartApiBase,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type Time,
  type TimeScaleOptions,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Instrument } from "../market/instrument.js";
import type { TimeZone } from "../page/time-zone.js";
import type { BarDisplay } from "./use-chart-bars.js";
import { ZonedTimeScale } from "./zoned-time-scale.js";

/** A working order or a position, drawn as a horizontal line. */
export interface PriceLine {
  readonly price: number;
  /** `Buy 10 limit`. */
  readonly title: string;
  readonly color: "up" | "down";
  /** Whether the line is a position and not an order; drawn solid instead of dashed. */
  readonly isPosition: boolean;
}

/** The chart: candles with the volume under them. Only this file uses the chart library. */
export class ChartView implements BarDisplay {
  /** Called with the bar under the pointer, or undefined when the pointer leaves the chart. */
  onHover: (bar: Bar | undefined) => void = () => {};
  /** Called when the first bars become visible. */
  onNearStart: () => void = () => {};

  readonly #chart: IChartApiBase<Time>;
  readonly #timeScale = new ZonedTimeScale();
  #hasTime = true;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #darkMode = matchMedia("(prefers-color-scheme: dark)");
  readonly #repaint = () => this.#paint();
  #bars: readonly Bar[] = [];
  #priceLines: readonly PriceLine[] = [];
  readonly #drawnLines: IPriceLine[] = [];
  #colors = readColors();

  constructor(container: HTMLElement) {
    const marks: Pick<TimeScaleOptions, "tickMarkFormatter"> = { tickMarkFormatter: this.#timeScale.formatMark };
    this.#chart = createChartEx(container, this.#timeScale, {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.24 } },
      timeScale: { borderVisible: false, rightOffset: 6, barSpacing: 9, minBarSpacing: 1, ...marks },
      localization: { locale: "en", timeFormatter: (time: Time) => this.#timeScale.formatPointer(time, this.#hasTime) },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      autoscaleInfoProvider: (barScale: () => AutoscaleInfo | null) => withPriceLines(barScale(), this.#priceLines),
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#chart.subscribeCrosshairMove(({ time }) => {
      this.onHover(time === undefined ? undefined : this.#barAt((time as number) * 1000));
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && this.#bars.length > 0 && range.from < 20) this.onNearStart();
    });
    this.#darkMode.addEventListener("change", this.#repaint);
    this.#paint();
  }

  /** Whether the axis shows the time of day. */
  set timeVisible(timeVisible: boolean) {
    this.#hasTime = timeVisible;
    this.#chart.timeScale().applyOptions({ timeVisible, secondsVisible: false });
  }

  /** The time zone of the axis. */
  set zone(zone: TimeZone) {
    if (zone.id === this.#timeScale.zone.id) return;
    this.#timeScale.zone = zone;
    // The library caches the texts of the marks until options change.
    this.#chart.timeScale().applyOptions({});
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    // The library weights the marks of the axis only for new bars.
    this.#draw([]);
    this.#draw(this.#bars);
    if (range && this.#bars.length > 0) this.#chart.timeScale().setVisibleLogicalRange(range);
  }

  /** The instrument, whose precision the price axis has. */
  set instrument({ priceStep, digits }: Instrument) {
    this.#candles.applyOptions({ priceFormat: { type: "price", precision: digits, minMove: priceStep } });
  }

  reset(bars: readonly Bar[]): void {
    const wasEmpty = this.#bars.length === 0;
    this.#bars = bars;
    this.#draw(bars);
    if (wasEmpty) this.#chart.timeScale().resetTimeScale();
  }

  update(bars: readonly Bar[], changed: readonly Bar[]): void {
    if (this.#bars.length === 0) {
      this.reset(bars);
      return;
    }
    this.#bars = bars;
    for (const bar of changed) {
      this.#candles.update(candleOf(bar));
      this.#volume.update(this.#volumeOf(bar));
    }
  }

  /** Replaces all price lines. */
  set priceLines(lines: readonly PriceLine[]) {
    this.#priceLines = lines;
    for (const line of this.#drawnLines.splice(0)) this.#candles.removePriceLine(line);
    for (const { price, title, color, isPosition } of lines) {
      this.#drawnLines.push(
        this.#candles.createPriceLine({
          price,
          title,
          color: this.#colors[color],
          lineWidth: 1,
          lineStyle: isPosition ? LineStyle.Solid : LineStyle.Dashed,
          axisLabelVisible: true,
        }),
      );
    }
  }

  destroy(): void {
    this.#darkMode.removeEventListener("change", this.#repaint);
    this.#chart.remove();
  }

  #draw(bars: readonly Bar[]): void {
    this.#candles.setData(bars.map(candleOf));
    this.#volume.setData(bars.map((bar) => this.#volumeOf(bar)));
  }

  #barAt(time: number): Bar | undefined {
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
    this.priceLines = this.#priceLines;
  }

  #volumeOf({ time, open, close, volume }: Bar) {
    const color = `${close < open ? this.#colors.down : this.#colors.up}59`;
    return { time: timeOf(time), value: volume, color };
  }
}

/** Extends a price scale to the lines that are at most one price range away from the bars. */
function withPriceLines(info: AutoscaleInfo | null, lines: readonly PriceLine[]): AutoscaleInfo | null {
  if (!info?.priceRange) return info;
  const { minValue, maxValue } = info.priceRange;
  const span = maxValue - minValue;
  const near = lines.map(({ price }) => price).filter((price) => price > minValue - span && price < maxValue + span);
  return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
}

function candleOf({ time, open, high, low, close }: Bar) {
  return { time: timeOf(time), open, high, low, close };
}

function timeOf(ms: number): UTCTimestamp {
  return (ms / 1000) as UTCTimestamp;
}

/** Reads the style sheet's colors, because a canvas does not resolve custom properties. */
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
