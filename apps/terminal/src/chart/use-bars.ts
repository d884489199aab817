import type { Bar } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import { type TopicResult, useTopicEvents } from "@trading/ws-client/react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useDesk } from "../page/desk.js";
import { BarSeries } from "./bar-series.js";
import type { Resolution } from "./resolutions.js";

/** Where bars are drawn. */
export interface BarScreen {
  /** Draws these bars and no others. */
  reset(bars: readonly Bar[]): void;
  /** The same, where only the last one changed or was added since. */
  update(bars: readonly Bar[]): void;
}

export type HistoryState =
  | { readonly state: "loading" | "loaded" | "empty" }
  | { readonly state: "failed"; why: string };

/** Bars a request: more than a wide chart shows at first. */
const PAGE = 300;

/**
 * Keeps one chart's bars on a screen, for as long as the component is mounted; its symbol and resolution must not change.
 *
 * The live topic comes first and history only once it is confirmed, so that no bar can fall between the two. That happens
 * again after a lost connection, which is how the gap closes.
 */
export function useBars(symbol: string, resolution: Resolution, screen: BarScreen) {
  const { rest } = useDesk();
  const [series] = useState(() => new BarSeries());
  const [history, setHistory] = useState<HistoryState>({ state: "loading" });
  const [last, setLast] = useState<Bar>();

  useLayoutEffect(() => screen.reset(series.bars), [screen, series]);

  const topic: TopicResult = useTopicEvents(bars, { symbol, resolution }, (bar) => {
    if (series.update(bar)) screen.update(series.bars);
    else screen.reset(series.bars);
    setLast(series.bars.at(-1));
  });

  const load = useCallback(
    async (to: number | undefined, signal: AbortSignal) => {
      // A day ahead of the reader's clock, which may be slow: the present bar belongs to the newest page.
      const until = to ?? Date.now() + 86_400_000;
      const query = { symbol, resolution, from: until, to: until, countBack: PAGE };
      const { bars: past } = await rest.bars(query, signal);
      signal.throwIfAborted();
      series.merge(past);
      screen.reset(series.bars);
      setLast(series.bars.at(-1));
      return past.length;
    },
    [rest, symbol, resolution, series, screen],
  );

  const isLive = topic.status === "live";
  useEffect(() => {
    if (!isLive) return;
    const aborter = new AbortController();
    load(undefined, aborter.signal).then(
      (count) => setHistory({ state: count === 0 ? "empty" : "loaded" }),
      (failure: Error) => {
        if (!aborter.signal.aborted) setHistory({ state: "failed", why: failure.message });
      },
    );
    return () => {
      aborter.abort();
      series.interrupt();
    };
  }, [isLive, load, series]);

  // Before the newest page there is nothing to be older than.
  const loadOlder = useOlder(load, series, history.state === "loaded");
  return { topic, history, last, loadOlder };
}

/** Loads the page of bars before the first; one at a time, until there are none. */
function useOlder(
  load: (to: number, signal: AbortSignal) => Promise<number>,
  series: BarSeries,
  hasNewest: boolean,
): () => void {
  const idle = useRef(true);
  const aborter = useRef<AbortController>(undefined);
  useEffect(() => {
    aborter.current = new AbortController();
    return () => aborter.current?.abort();
  }, []);
  return useCallback(() => {
    const [first] = series.bars;
    if (!hasNewest || !idle.current || first === undefined || aborter.current === undefined) return;
    idle.current = false;
    load(first.time, aborter.current.signal).then(
      // None is the end of history: it stays busy, and is never asked again.
      () => {
        idle.current = series.bars[0] !== first;
      },
      () => {
        idle.current = true;
      },
    );
  }, [load, series, hasNewest]);
}
