import type { bars, UpdateOf } from "@trading/topic/shapes";
import { useBars } from "@trading/ws-client/react";
import { CandlestickSeries, createChart, type ISeriesApi, type UTCTimestamp } from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import { rest } from "./services";

type Bar = UpdateOf<typeof bars>;

/** Candles of one minute: the history, and live bars. */
export function Chart({ symbol }: { readonly symbol: string }) {
  const container = useRef<HTMLDivElement>(null);
  const [series, setSeries] = useState<ISeriesApi<"Candlestick">>();
  const [history, setHistory] = useState<readonly Bar[]>([]);
  const [problem, setProblem] = useState<string>();
  const { items, isComplete, gaps, error } = useBars({ symbol, resolution: "1" });

  useEffect(() => {
    const options = { autoSize: true, timeScale: { timeVisible: true }, layout: { attributionLogo: false } };
    const chart = createChart(container.current as HTMLDivElement, options);
    setSeries(chart.addSeries(CandlestickSeries));
    return () => chart.remove();
  }, []);

  // Loaded once the stream is live, so that no bar is lost in between, and again after a gap.
  // biome-ignore lint/correctness/useExhaustiveDependencies: reloads after each gap
  useEffect(() => {
    if (!isComplete) return;
    const aborter = new AbortController();
    const to = Date.now() + 60_000;
    rest.bars({ symbol, resolution: "1", from: to, to, countBack: 300 }, aborter.signal).then(
      ({ bars }) => setHistory(bars),
      (failure: Error) => aborter.signal.aborted || setProblem(failure.message),
    );
    return () => aborter.abort();
  }, [symbol, isComplete, gaps]);

  useEffect(() => {
    // A live bar is newer than a loaded one of the same time.
    const byTime = new Map([...history, ...items].map((bar) => [bar.time, bar]));
    const all = [...byTime.values()].sort((one, other) => one.time - other.time);
    series?.setData(all.map(({ time, ...prices }) => ({ time: (time / 1000) as UTCTimestamp, ...prices })));
  }, [series, history, items]);

  const last = items.at(-1);
  return (
    <section aria-label={`Chart of ${symbol}`}>
      <p role="status">
        {error?.message ?? problem ?? (last ? `${items.length} live bars, last ${last.close.toFixed(2)}` : "Loading…")}
      </p>
      <div ref={container} className="chart" />
    </section>
  );
}
