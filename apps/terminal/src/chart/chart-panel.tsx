import { useCallback, useEffect, useState } from "react";
import type { SymbolInfo } from "../market/symbol-info.js";
import { BarFeed } from "./bar-feed.js";
import { ChartView, type PriceMark } from "./chart-view.js";
import { MarkList } from "./mark-list.js";
import type { Resolution } from "./resolutions.js";

interface ChartPanelProps {
  readonly info: SymbolInfo;
  readonly resolution: Resolution;
  /** Prices to draw across it. */
  readonly marks: readonly PriceMark[];
  readonly onResolution: (resolution: Resolution) => void;
}

/** The chart, which outlives a change of symbol or resolution, and the feed of its bars, which does not. */
export function ChartPanel({ info, resolution, marks, onResolution }: ChartPanelProps) {
  const [view, setView] = useState<ChartView>();
  const mount = useCallback((container: HTMLDivElement) => {
    const created = new ChartView(container);
    setView(created);
    return () => {
      setView(undefined);
      created.destroy();
    };
  }, []);
  useEffect(() => {
    if (view) view.marks = marks;
  }, [view, marks]);
  return (
    <div className="chart">
      <div className="chart-canvas" ref={mount} />
      <MarkList marks={marks} />
      {view && (
        <BarFeed
          key={`${info.symbol} ${resolution}`}
          view={view}
          info={info}
          resolution={resolution}
          onResolution={onResolution}
        />
      )}
    </div>
  );
}
