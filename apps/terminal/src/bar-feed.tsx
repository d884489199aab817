import type { Bar } from "@trading/topic";
import { useLayoutEffect, useState } from "react";
import { BarLegend } from "./bar-legend.js";
import type { ChartView } from "./chart-view.js";
import { Notice } from "./notice.js";
import { isDaily, RESOLUTIONS, type Resolution } from "./resolutions.js";
import { type HistoryState, useBars } from "./use-bars.js";

interface BarFeedProps {
  readonly view: ChartView;
  readonly symbol: string;
  readonly resolution: Resolution;
  readonly onResolution: (resolution: Resolution) => void;
}

/** Feeds one symbol's bars of one resolution into the chart, and says over it what there is to say. */
export function BarFeed({ view, symbol, resolution, onResolution }: BarFeedProps) {
  const { topic, history, last, loadOlder } = useBars(symbol, resolution, view);
  const [pointed, setPointed] = useState<Bar>();
  useLayoutEffect(() => {
    view.timeVisible = !isDaily(resolution);
    view.onPoint = setPointed;
    view.onNearStart = loadOlder;
  }, [view, resolution, loadOlder]);

  if (topic.error !== undefined) {
    const name = RESOLUTIONS.find(({ id }) => id === resolution)?.name;
    return (
      <Notice title={`No bars of ${symbol} at ${name}`} text={topic.error.message}>
        {!isDaily(resolution) && (
          <button type="button" onClick={() => onResolution("D")}>
            Show daily bars
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
