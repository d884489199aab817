import type { Bar } from "@trading/topic";
import { type MouseEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { SymbolInfo } from "../market/symbol-info.js";
import { useInstrument } from "../market/use-instruments.js";
import { BarFeed } from "./bar-feed.js";
import type { ChartStyle } from "./chart-style.js";
import { ChartView, type PriceLine } from "./chart-view.js";
import { roundToStep } from "./handle-places.js";
import { LineHandles } from "./line-handles.js";
import { PriceLineList } from "./price-line-list.js";
import type { Resolution } from "./resolutions.js";

interface ChartPanelProps {
  readonly info: SymbolInfo;
  readonly resolution: Resolution;
  /** Horizontal lines on the chart. */
  readonly priceLines: readonly PriceLine[];
  readonly style: ChartStyle;
  /** Gets the bars on the chart. */
  readonly shown: RefObject<readonly Bar[]>;
  readonly onResolution: (resolution: Resolution) => void;
  /** Called with the price of a secondary click. */
  readonly onAlert: (price: number) => void;
}

/** Renders the chart. The chart is kept when the symbol or the resolution changes; the feed of its bars is not. */
export function ChartPanel({ info, resolution, priceLines, style, shown, onResolution, onAlert }: ChartPanelProps) {
  const instrument = useInstrument(info.symbol);
  const [view, setView] = useState<ChartView>();
  const [isReady, setReady] = useState(false);
  const onReady = useCallback(() => setReady(true), []);
  const canvas = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Not before the bars, because an empty chart takes as long to draw as a full one.
    if (!isReady) return;
    let created: ChartView | undefined;
    const timer = setTimeout(() => {
      const chart = new ChartView(canvas.current as HTMLDivElement);
      created = chart;
      // The chart gets its bars in the same task. Otherwise the browser could draw it in between, without them.
      flushSync(() => setView(chart));
    });
    return () => {
      clearTimeout(timer);
      setView(undefined);
      created?.destroy();
    };
  }, [isReady]);
  useEffect(() => {
    if (view) view.priceLines = priceLines;
  }, [view, priceLines]);
  useEffect(() => {
    if (view) view.style = style;
  }, [view, style]);
  const onContextMenu = (event: MouseEvent) => {
    // A long touch shows the prices under the finger.
    if ((event.nativeEvent as PointerEvent).pointerType === "touch") return;
    const price = view?.priceAt(event.clientY - event.currentTarget.getBoundingClientRect().top);
    if (price === undefined) return;
    event.preventDefault();
    onAlert(roundToStep(price, instrument.priceStep));
  };
  return (
    <div className="chart">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button for alerts is the keyboard's way */}
      <div className="chart-canvas" ref={canvas} onContextMenu={onContextMenu} />
      {view && <LineHandles view={view} lines={priceLines} instrument={instrument} />}
      <PriceLineList lines={priceLines} instrument={instrument} />
      <BarFeed
        key={`${info.symbol} ${resolution}`}
        view={view}
        info={info}
        resolution={resolution}
        shown={shown}
        onResolution={onResolution}
        onReady={onReady}
      />
    </div>
  );
}
