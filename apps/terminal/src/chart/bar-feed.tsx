import type { Bar } from "@trading/topic";
import { useLayoutEffect, useState } from "react";
import type { SymbolInfo } from "../market/symbol-info.js";
import { Notice } from "../page/notice.js";
import { BarLegend } from "./bar-legend.js";
import type { ChartView } from "./chart-view.js";
import { isDaily, nameOf, type Resolution } from "./resolutions.js";
import { type HistoryState, useBars } from "./use-bars.js";

interface BarFeedProps {
  readonly view: ChartView;
  readonly info: SymbolInfo;
  readonly resolution: Resolution;
  readonly onResolution: (resolution: Resolution) => void;
}

/** Feeds one symbol's bars of one resolution into the chart, and says over it what there is to say. */
export function BarFeed({ view, info, resolution, onResolution }: BarFeedProps) {
  const { symbol } = info;
  const { topic, history, last, loadOlder } = useBars(symbol, resolution, view);
  const [pointed, setPointed] = useState<Bar>();
  useLayoutEffect(() => {
    view.timeVisible = !isDaily(resolution);
    view.onPoint = setPointed;
    view.onNearStart = loadOlder;
  }, [view, resolution, loadOlder]);

  if (topic.error !== undefined) {
    const [finest] = info.resolutions;
    const isTooFine = topic.error.code === "resolution_too_fine";
    return (
      <Notice title={`No bars of ${symbol} at ${nameOf(resolution)}`} text={topic.error.message}>
        {isTooFine && finest !== undefined && finest !== resolution && (
          <button type="button" onClick={() => onResolution(finest)}>
            Show bars of {nameOf(finest)}
          </button>
        )}
      </Notice>
    );
  }
  const bar = pointed ?? last;
  const note = noteOf(history);
  return (
    <>
      {bar && <BarLegend bar={bar} />}
      {bar === undefined && <p className="waiting">Waiting for the first bar…</p>}
      {note !== undefined && (
        <p className={`chart-note ${history.state}`} role="status">
          {note}
        </p>
      )}
    </>
  );
}

function noteOf(history: HistoryState): string | undefined {
  if (history.state === "loading") return "Loading history…";
  if (history.state === "empty") return "No history yet: live bars only";
  if (history.state === "failed") return `Live bars only: history could not be loaded (${history.why})`;
  return undefined;
}
