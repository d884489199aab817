import { useCallback, useState } from "react";
import type { SymbolInfo } from "../datafeed.js";
import { BarFeed } from "./bar-feed.js";
import { ChartView } from "./chart-view.js";
import type { Resolution } from "./resolutions.js";

interface ChartPanelProps {
  readonly info: SymbolInfo;
  readonly resolution: Resolution;
  readonly onResolution: (resolution: Resolution) => void;
}

/** The chart, which outlives a change of symbol or resolution, and the feed of its bars, which does not. */
export function ChartPanel({ info, resolution, onResolution }: ChartPanelProps) {
  const [view, setView] = useState<ChartView>();
  const mount = useCallback((container: HTMLDivElement) => {
    const created = new ChartView(container);
    setView(created);
    return () => {
      setView(undefined);
      created.destroy();
    };
  }, []);
  return (
    <div className="chart">
      <div className="chart-canvas" ref={mount} />
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
