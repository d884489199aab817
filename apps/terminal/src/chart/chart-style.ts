/** The way in which the chart draws bars. */
export type ChartType = "candles" | "bars" | "line" | "area";

export const CHART_TYPES: readonly { readonly id: ChartType; readonly name: string }[] = [
  { id: "candles", name: "Candles" },
  { id: "bars", name: "Bars" },
  { id: "line", name: "Line" },
  { id: "area", name: "Area" },
];

/** An indicator of the chart. */
export type IndicatorId = "sma20" | "sma50" | "ema20" | "vwap" | "rsi14";

export const INDICATORS: readonly { readonly id: IndicatorId; readonly name: string; readonly label: string }[] = [
  { id: "sma20", name: "Simple moving average, 20 bars", label: "SMA 20" },
  { id: "sma50", name: "Simple moving average, 50 bars", label: "SMA 50" },
  { id: "ema20", name: "Exponential moving average, 20 bars", label: "EMA 20" },
  { id: "vwap", name: "Volume-weighted average price of the day", label: "VWAP" },
  { id: "rsi14", name: "Relative strength index, 14 bars", label: "RSI 14" },
];

/** The type of the chart and its indicators, which are remembered. */
export interface ChartStyle {
  readonly type: ChartType;
  readonly indicators: readonly IndicatorId[];
}

export const DEFAULT_STYLE: ChartStyle = { type: "candles", indicators: [] };

/** Returns a stored style, without what this version does not know; undefined if it is not a style. */
export function styleOf(stored: unknown): ChartStyle | undefined {
  if (typeof stored !== "object" || stored === null) return undefined;
  const { type, indicators } = stored as { readonly type?: unknown; readonly indicators?: unknown };
  const names: readonly unknown[] = Array.isArray(indicators) ? indicators : [];
  return {
    type: CHART_TYPES.find(({ id }) => id === type)?.id ?? DEFAULT_STYLE.type,
    indicators: INDICATORS.map(({ id }) => id).filter((id) => names.includes(id)),
  };
}
