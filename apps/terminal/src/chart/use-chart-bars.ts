import type { Bar } from "@trading/topic";
import { useBars } from "@trading/ws-client/react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useServices } from "../page/services.js";
import { BarSeries } from "./bar-series.js";
import type { Resolution } from "./resolutions.js";

/** A chart that displays bars. */
export interface BarDisplay {
  /** Draws these bars and no others. */
  reset(bars: readonly Bar[]): void;
  /** Draws the changed bars, each of which updates or follows the last drawn one. */
  update(bars: readonly Bar[], changed: readonly Bar[]): void;
}

export type HistoryState =
  | { readonly state: "loading" | "loaded" | "empty" }
  | { readonly state: "failed"; readonly error: string };

/** Bars per history request: more than a wide chart shows initially. */
const PAGE = 300;

/**
 * Draws the live bars and the history of one symbol and resolution, neither of which can change.
 *
 * History is loaded once the subscription is live, so that no bar is lost in between, and again after a gap.
 */
export function useChartBars(symbol: string, resolution: Resolution, display: BarDisplay) {
  const { rest } = useServices();
  const { items, isComplete, gaps, error } = useBars({ symbol, resolution });
  const [series] = useState(() => new BarSeries());
  const [history, setHistory] = useState<HistoryState>({ state: "loading" });
  const [last, setLast] = useState<Bar>();

  useLayoutEffect(() => display.reset(series.bars), [display, series]);
  useLayoutEffect(() => {
    const changed = series.setLive(items);
    if (changed) display.update(series.bars, changed);
    else display.reset(series.bars);
    setLast(series.bars.at(-1));
  }, [display, series, items]);

  const load = useCallback(
    async (to: number | undefined, signal: AbortSignal) => {
      // One day in the future, so that a slow local clock does not exclude the current bar.
      const until = to ?? Date.now() + 86_400_000;
      const query = { symbol, resolution, from: until, to: until, countBack: PAGE };
      const { bars: page } = await rest.bars(query, signal);
      signal.throwIfAborted();
      series.merge(page);
      display.reset(series.bars);
      setLast(series.bars.at(-1));
      return page.length;
    },
    [rest, symbol, resolution, series, display],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: reloads after each gap
  useEffect(() => {
    if (!isComplete) return;
    const aborter = new AbortController();
    load(undefined, aborter.signal).then(
      (count) => setHistory({ state: count === 0 ? "empty" : "loaded" }),
      (failure: Error) => {
        if (!aborter.signal.aborted) setHistory({ state: "failed", error: failure.message });
      },
    );
    return () => aborter.abort();
  }, [isComplete, gaps, load]);

  const loadOlder = useOlderPages(load, series, history.state === "loaded");
  return { error, history, last, loadOlder };
}

/** Returns a function that loads the page before the first bar, one page at a time, until there are no older bars. */
function useOlderPages(
  load: (to: number, signal: AbortSignal) => Promise<number>,
  series: BarSeries,
  hasNewestPage: boolean,
): () => void {
  const isIdle = useRef(true);
  const aborter = useRef<AbortController>(undefined);
  useEffect(() => {
    aborter.current = new AbortController();
    return () => aborter.current?.abort();
  }, []);
  return useCallback(() => {
    const [first] = series.bars;
    if (!hasNewestPage || !isIdle.current || first === undefined || aborter.current === undefined) return;
    isIdle.current = false;
    load(first.time, aborter.current.signal).then(
      () => {
        // An empty page is the end of the history: `isIdle` stays false.
        isIdle.current = series.bars[0] !== first;
      },
      () => {
        isIdle.current = true;
      },
    );
  }, [load, series, hasNewestPage]);
}
