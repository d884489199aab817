import type { Bar } from "@trading/topic";
import {
  AreaSeries,
  type AutoscaleInfo,
  BarSeries,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChartEx,
  HistogramSeries,
  type IChartApiBase,
  type IPriceLine,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type Time,
  type TimeScaleOptions,
  TrackingModeExitMode,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Instrument } from "../market/instrument.js";
import type { TimeZone } from "../page/time-zone.js";
import type { ChartStyle, ChartType } from "./chart-style.js";
import { IndicatorLines } from "./indicator-lines.js";
import type { BarDisplay } from "./use-chart-bars.js";
import { ZonedTimeScale } from "./zoned-time-scale.js";

/** A working order, a position or an alert, drawn as a horizontal line. */
export interface PriceLine {
  /** Unique on the chart. */
  readonly id: string;
  readonly price: number;
  /** `Buy 10 limit`. */
  readonly title: string;
  readonly color: "up" | "down" | "warn";
  /** Determines the stroke: a position is solid, an order dashed, an alert dotted. */
  readonly kind: "position" | "order" | "alert";
  /** Called with the price to which the user has moved the line. @default none, and the line cannot be moved */
  readonly onMove?: (price: number) => void;
}

/** A line at a price that the user has not confirmed yet. */
export interface MovedLine {
  readonly id: string;
  readonly price: number;
}

const LINE_STYLES = { position: LineStyle.Solid, order: LineStyle.Dashed, alert: LineStyle.Dotted } as const;

/** The series of the chart library for each type. */
const SERIES = { candles: CandlestickSeries, bars: BarSeries, line: LineSeries, area: AreaSeries } as const;

type PriceSeries = ISeriesApi<"Candlestick" | "Bar" | "Line" | "Area">;

/** The chart: prices with the volume and indicators. Only this file and indicator-lines.ts use the chart library. */
export class ChartView implements BarDisplay {
  /** Called with the bar under the pointer, or undefined when the pointer leaves the chart. */
  onHover: (bar: Bar | undefined) => void = () => {};
  /** Called when the first bars become visible. */
  onNearStart: () => void = () => {};

  readonly #chart: IChartApiBase<Time>;
  readonly #timeScale = new ZonedTimeScale();
  #hasTime = true;
  #prices: PriceSeries;
  #type: ChartType = "candles";
  readonly #indicators: IndicatorLines;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #media = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("(forced-colors: active)")];
  readonly #repaint = () => {
    this.#colors = readColors();
    this.#paint();
  };
  readonly #theme = new MutationObserver(this.#repaint);
  #bars: readonly Bar[] = [];
  #priceLines: readonly PriceLine[] = [];
  readonly #drawnLines = new Map<string, IPriceLine>();
  #moved: MovedLine | undefined;
  readonly #layoutListeners = new Set<() => void>();
  #priceFormat: { type: "price"; precision: number; minMove: number } | undefined;
  #colors = readColors();

  constructor(container: HTMLElement) {
    const marks: Pick<TimeScaleOptions, "tickMarkFormatter"> = { tickMarkFormatter: this.#timeScale.formatMark };
    this.#chart = createChartEx(container, this.#timeScale, {
      autoSize: true,
      // A vertical swipe scrolls the page. Otherwise a chart that fills a phone's screen could not be left.
      handleScroll: { vertTouchDrag: false },
      // A long press shows the bar under the finger. By default that goes on until a tap, and swipes move the crosshair, not the page.
      trackingMode: { exitMode: TrackingModeExitMode.OnTouchEnd },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.24 } },
      timeScale: { borderVisible: false, rightOffset: 6, barSpacing: 9, minBarSpacing: 1, ...marks },
      localization: { locale: "en", timeFormatter: (time: Time) => this.#timeScale.formatPointer(time, this.#hasTime) },
    });
    this.#prices = this.#addPrices();
    this.#indicators = new IndicatorLines(this.#chart);
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
    for (const media of this.#media) media.addEventListener("change", this.#repaint);
    this.#theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
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
    this.#priceFormat = { type: "price", precision: digits, minMove: priceStep };
    this.#prices.applyOptions({ priceFormat: this.#priceFormat });
  }

  /** The type of the chart and its indicators. */
  set style({ type, indicators }: ChartStyle) {
    if (type !== this.#type) {
      this.#type = type;
      this.#drawnLines.clear();
      this.#chart.removeSeries(this.#prices);
      this.#prices = this.#addPrices();
      this.#paint();
    }
    this.#indicators.select(indicators);
    this.#draw(this.#bars);
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
      this.#prices.update(this.#priceOf(bar));
      this.#volume.update(this.#volumeOf(bar));
    }
    this.#indicators.draw(bars, this.#timeScale.zone, changed.length);
  }

  /** Replaces all price lines. */
  set priceLines(lines: readonly PriceLine[]) {
    this.#priceLines = lines;
    for (const line of this.#drawnLines.values()) this.#prices.removePriceLine(line);
    this.#drawnLines.clear();
    for (const { id, price, title, color, kind, onMove } of lines) {
      const line = this.#prices.createPriceLine({
        price: this.#moved?.id === id ? this.#moved.price : price,
        // The handle of a line that can be moved has its title.
        title: onMove ? "" : title,
        color: this.#colors[color],
        lineWidth: 1,
        lineStyle: LINE_STYLES[kind],
        axisLabelVisible: true,
      });
      this.#drawnLines.set(id, line);
    }
  }

  /** Draws one line at another price while the user moves it. The price scale stays, as it would move under the pointer. */
  set movedLine(moved: MovedLine | undefined) {
    const before = this.#priceLines.find(({ id }) => id === this.#moved?.id);
    if (before && before.id !== moved?.id) this.#drawnLines.get(before.id)?.applyOptions({ price: before.price });
    this.#moved = moved;
    if (moved) this.#drawnLines.get(moved.id)?.applyOptions({ price: moved.price });
  }

  /** Width of the price axis in pixels. */
  get axisWidth(): number {
    return this.#chart.priceScale("right").width();
  }

  /** Height of the pane of the prices in pixels. */
  get paneHeight(): number {
    return this.#chart.panes()[0]?.getHeight() ?? 0;
  }

  /** Returns the distance of a price from the top in pixels; undefined without bars. */
  yOf(price: number): number | undefined {
    return this.#prices.priceToCoordinate(price) ?? undefined;
  }

  /** Returns the price at a distance from the top; undefined without bars. */
  priceAt(y: number): number | undefined {
    return this.#prices.coordinateToPrice(y) ?? undefined;
  }

  /** Calls a listener whenever prices may be at other places of the chart. @returns a function that removes it */
  onLayout(listener: () => void): () => void {
    this.#layoutListeners.add(listener);
    return () => {
      this.#layoutListeners.delete(listener);
    };
  }

  destroy(): void {
    for (const media of this.#media) media.removeEventListener("change", this.#repaint);
    this.#theme.disconnect();
    this.#chart.remove();
  }

  #draw(bars: readonly Bar[]): void {
    this.#prices.setData(bars.map((bar) => this.#priceOf(bar)));
    this.#volume.setData(bars.map((bar) => this.#volumeOf(bar)));
    this.#indicators.draw(bars, this.#timeScale.zone);
  }

  #addPrices(): PriceSeries {
    const prices = this.#chart.addSeries(SERIES[this.#type], {
      autoscaleInfoProvider: (barScale: () => AutoscaleInfo | null) => withPriceLines(barScale(), this.#priceLines),
      ...(this.#priceFormat && { priceFormat: this.#priceFormat }),
    }) as PriceSeries;
    // The library has no event for a changed price scale, but it updates what is attached to a series.
    prices.attachPrimitive({
      updateAllViews: () => {
        for (const listener of this.#layoutListeners) listener();
      },
    });
    return prices;
  }

  #priceOf({ time, open, high, low, close }: Bar) {
    const hasRange = this.#type === "candles" || this.#type === "bars";
    return hasRange ? { time: timeOf(time), open, high, low, close } : { time: timeOf(time), value: close };
  }

  #barAt(time: number): Bar | undefined {
    return this.#bars.find((bar) => bar.time === time);
  }

  #paint(): void {
    const { panel, text, line, up, down, accent } = this.#colors;
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
    const byType: Readonly<Record<ChartType, object>> = {
      candles: { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false },
      bars: { upColor: up, downColor: down },
      line: { color: accent, lineWidth: 2 },
      area: { lineColor: accent, topColor: faded(accent, 0.35), bottomColor: faded(accent, 0.02), lineWidth: 2 },
    };
    this.#prices.applyOptions(byType[this.#type]);
    this.#volume.setData(this.#bars.map((bar) => this.#volumeOf(bar)));
    this.priceLines = this.#priceLines;
  }

  #volumeOf({ time, open, close, volume }: Bar) {
    const color = faded(close < open ? this.#colors.down : this.#colors.up, 0.35);
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

function timeOf(ms: number): UTCTimestamp {
  return (ms / 1000) as UTCTimestamp;
}

/** The custom properties of the style sheet with the chart's colors. */
const COLOR_PROPERTIES = {
  panel: "--panel",
  text: "--text-dim",
  line: "--line-faint",
  up: "--up",
  down: "--down",
  accent: "--accent",
  warn: "--warn",
};

type Colors = Readonly<Record<keyof typeof COLOR_PROPERTIES, string>>;

/** Reads the style sheet's colors, because a canvas does not resolve custom properties, and the library no system colors. */
function readColors(): Colors {
  const container = document.createElement("i");
  // Forced colors replace the color of every element, but not that of these.
  container.style.cssText = "display: none; forced-color-adjust: none";
  const probes = Object.entries(COLOR_PROPERTIES).map(([name, property]) => {
    const probe = document.createElement("i");
    probe.style.color = `var(${property})`;
    container.append(probe);
    return [name, probe] as const;
  });
  // All are in the document before the first one is read, so that the browser computes the styles once.
  document.body.append(container);
  const colors = Object.fromEntries(probes.map(([name, probe]) => [name, getComputedStyle(probe).color]));
  container.remove();
  return colors as Colors;
}

/** Returns a color of the form `rgb(…)` with an opacity. */
function faded(color: string, opacity: number): string {
  return color.replace(/^rgb\(/, "rgba(").replace(/\)$/, `, ${opacity})`);
}
