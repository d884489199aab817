import type { Bar } from "@trading/topic";
import { type RefObject, useEffect, useLayoutEffect, useState } from "react";
import type { SymbolInfo } from "../market/symbol-info.js";
import { useInstrument } from "../market/use-instruments.js";
import { Notice } from "../page/notice.js";
import { UTC } from "../page/time-zone.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { BarLegend } from "./bar-legend.js";
import type { ChartView } from "./chart-view.js";
import { isDaily, nameOf, type Resolution } from "./resolutions.js";
import { type HistoryState, useChartBars } from "./use-chart-bars.js";

interface BarFeedProps {
  /** Undefined until the chart is created. */
  readonly view: ChartView | undefined;
  readonly info: SymbolInfo;
  readonly resolution: Resolution;
  /** Gets the bars on the chart. */
  readonly shown: RefObject<readonly Bar[]>;
  readonly onResolution: (resolution: Resolution) => void;
  /** Called when the chart can be drawn: the history has arrived, or there is none. */
  readonly onReady: () => void;
}

/** Feeds the bars of one symbol and resolution into the chart, and overlays the legend and messages. */
export function BarFeed({ view, info, resolution, shown, onResolution, onReady }: BarFeedProps) {
  const { symbol } = info;
  const { error, history, bars, loadOlder } = useChartBars(symbol, resolution, view);
  const [hovered, setHovered] = useState<Bar>();
  const instrument = useInstrument(symbol);
  const zone = useTimeZone();
  useLayoutEffect(() => {
    shown.current = bars;
  }, [shown, bars]);
  const isReady = history.state !== "loading";
  useEffect(() => {
    if (isReady) onReady();
  }, [isReady, onReady]);
  useLayoutEffect(() => {
    if (view) view.instrument = instrument;
  }, [view, instrument]);
  useLayoutEffect(() => {
    // A daily bar has a date, which is the same in every zone.
    if (view) view.zone = isDaily(resolution) ? UTC : zone;
  }, [view, zone, resolution]);
  useLayoutEffect(() => {
    if (view === undefined) return;
    view.timeVisible = !isDaily(resolution);
    view.onHover = setHovered;
    view.onNearStart = loadOlder;
  }, [view, resolution, loadOlder]);

  if (error !== undefined) {
    const [finest] = info.resolutions;
    const isTooFine = error.code === "resolution_too_fine";
    return (
      <Notice title={`No ${nameOf(resolution)} bars for ${symbol}`} text={error.message}>
        {isTooFine && finest !== undefined && finest !== resolution && (
          <button type="button" onClick={() => onResolution(finest)}>
            Show {nameOf(finest)} bars
          </button>
        )}
      </Notice>
    );
  }
  const bar = view && (hovered ?? bars.at(-1));
  const note = historyNote(history);
  return (
    <>
      {bar && <BarLegend bar={bar} instrument={instrument} />}
      {bar === undefined && <p className="waiting">Waiting for data…</p>}
      {note !== undefined && (
        <p className={`chart-note ${history.state}`} role="status">
          {note}
        </p>
      )}
    </>
  );
}

function historyNote(history: HistoryState): string | undefined {
  if (history.state === "loading") return "Loading history…";
  if (history.state === "empty") return "No history available. Showing live bars only.";
  if (history.state === "failed") return `Could not load history (${history.error}). Showing live bars only.`;
  return undefined;
}
