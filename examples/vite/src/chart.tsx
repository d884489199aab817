import { useBarHistory } from "@trading/ws-client/react";
import { CandlestickSeries, createChart, type ISeriesApi, type UTCTimestamp } from "lightweight-charts";
import { useEffect, useRef, useState } from "react";

/** Candles of one minute: the history, and live bars. */
export function Chart({ symbol }: { readonly symbol: string }) {
  const container = useRef<HTMLDivElement>(null);
  const [series, setSeries] = useState<ISeriesApi<"Candlestick">>();
  const { bars, error, historyError } = useBarHistory({ symbol, resolution: "1" });

  useEffect(() => {
    const options = { autoSize: true, timeScale: { timeVisible: true }, layout: { attributionLogo: false } };
    const chart = createChart(container.current as HTMLDivElement, options);
    setSeries(chart.addSeries(CandlestickSeries));
    return () => chart.remove();
  }, []);

  useEffect(() => {
    series?.setData(bars.map(({ time, ...prices }) => ({ time: (time / 1000) as UTCTimestamp, ...prices })));
  }, [series, bars]);

  const problem = error ?? historyError;
  const last = bars.at(-1);
  return (
    <section aria-label={`Chart of ${symbol}`}>
      <p role="status">
        {problem?.message ?? (last ? `${bars.length} bars, last ${last.close.toFixed(2)}` : "Loading…")}
      </p>
      <div ref={container} className="chart" />
    </section>
  );
}
