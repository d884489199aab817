import type { Bar } from "@trading/topic";
import { useBarHistory } from "@trading/ws-client/react";
import { changedBars } from "@trading/ws-client/stores";
import { useLayoutEffect, useRef } from "react";
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

const NONE: readonly Bar[] = [];

/**
 * Draws the live bars and the history of one symbol and resolution, neither of which can change.
 *
 * @param display undefined until there is one; the bars are loaded meanwhile
 */
export function useChartBars(symbol: string, resolution: Resolution, display: BarDisplay | undefined) {
  const { bars, error, history, historyError, loadOlder } = useBarHistory({ symbol, resolution });
  const drawn = useRef(NONE);
  useLayoutEffect(() => {
    drawn.current = NONE;
    display?.reset(NONE);
  }, [display]);
  useLayoutEffect(() => {
    if (display === undefined) return;
    const changed = drawn.current.length > 0 ? changedBars(drawn.current, bars) : undefined;
    if (changed) display.update(bars, changed);
    else display.reset(bars);
    drawn.current = bars;
  }, [display, bars]);
  const state: HistoryState =
    history === "failed" ? { state: history, error: historyError?.message ?? "no reason given" } : { state: history };
  return { error, history: state, bars, loadOlder };
}
