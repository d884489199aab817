import type { Bar } from "@trading/topic";
import { bars, type ParamsOf } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { DatafeedRest } from "../rest/rest.js";
import type { TopicStatus } from "../subscriptions/listener.js";
import { loadBars, mergeBars } from "./bars.js";
import type { Store, TopicResult } from "./store.js";

/** The symbol and resolution of a chart. */
export type BarSeries = ParamsOf<typeof bars>;

/** The bars of a chart: history and live bars as one list. */
export interface BarHistoryState extends TopicResult {
  /** All known bars, oldest first, without gaps and duplicates. Unchanged bars keep their identity. */
  readonly bars: readonly Bar[];
  /**
   * `loading` until the newest page of the history has arrived; `empty` if the server has none. `failed` if it could not be loaded, or if bars that were missed
   * could not: then `bars` can have a gap, and the history is loaded again after the next reconnect or by `reload`.
   */
  readonly history: "loading" | "loaded" | "empty" | "failed";
  /** The reason why the last request failed; undefined while another one is pending. */
  readonly historyError: Error | undefined;
  /** Whether `loadOlder` may find older bars. False until the newest page has arrived. */
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
}

export interface BarHistoryOptions {
  /** Minimum number of bars per request. @default 300 */
  readonly pageSize?: number;
  /** Returns the current time in Unix milliseconds. @default Date.now */
  readonly now?: () => number;
  /** The state to continue from, which a server has loaded. Only the bars since its last one are loaded. @default none */
  readonly initial?: BarHistoryState | undefined;
}

/** The bars of one symbol and resolution. */
export interface BarHistory extends Store<BarHistoryState> {
  /** Loads the page before the first bar, unless a request is pending. Never rejects: a failure is in `historyError`. */
  readonly loadOlder: () => Promise<void>;
  /** Loads the newest page again, for example after a failure. Never rejects. */
  readonly reload: () => Promise<void>;
}

/** The state before the subscription. */
export const EMPTY_HISTORY: BarHistoryState = {
  bars: [],
  status: "pending",
  error: undefined,
  dataUpdatedAt: undefined,
  history: "loading",
  historyError: undefined,
  hasOlder: false,
  isLoadingOlder: false,
};

const DAY_MS = 86_400_000;

/**
 * Subscribes to the bars of a symbol, and joins them to the history without a seam.
 *
 * The newest page is loaded once the subscription is live, so that no bar is lost between the two. After a gap, all bars since the
 * last known one are loaded; if they are too many, the list starts again with the newest page. A live bar replaces one of the
 * history.
 *
 * @throws TopicError if no topic can be built from the symbol and resolution
 * @throws ClientError `no_websocket`
 */
export function createBarHistory(
  client: Client,
  rest: Pick<DatafeedRest, "bars">,
  series: BarSeries,
  { pageSize = 300, now = Date.now, initial = EMPTY_HISTORY }: BarHistoryOptions = {},
): BarHistory {
  const readers = new Set<() => void>();
  /** Bars from the history, and live bars from before the last gap. */
  let base = initial.bars;
  /** Live bars since the last gap. They are newer than those of the history. */
  let live = new Map<number, Bar>();
  let state = initial;
  let isCurrent = true;
  let isStopped = false;
  /** Whether bars may be missing that the history has. */
  let needsLoad = true;
  /** The opening time of the oldest bar of the history, once it is known. */
  let start: number | undefined;
  let newest: AbortController | undefined;
  let older: AbortController | undefined;

  const notify = () => {
    for (const reader of readers) reader();
  };
  const change = (changes: Partial<BarHistoryState>) => {
    state = { ...state, ...changes };
    if (!isStopped) notify();
  };
  const get = () => {
    if (!isCurrent) state = { ...state, bars: mergeBars(base, [...live.values()]) };
    isCurrent = true;
    return state;
  };

  const hasOlder = () => base.length > 0 && get().bars[0]?.time !== start;

  const loadNewest = async () => {
    newest?.abort();
    newest = new AbortController();
    const { signal } = newest;
    needsLoad = false;
    const last = base.at(-1);
    // One day in the future, so that a slow local clock does not exclude the current bar.
    const to = Math.max(now() + DAY_MS, (get().bars.at(-1)?.time ?? 0) + 1);
    const query = { ...series, from: last?.time ?? to, to, countBack: pageSize };
    try {
      const page = await loadBars(rest, query, signal, start);
      const [first] = page.bars;
      // Bars between the known ones and the page are missing: paging back loads them, but a list with a gap is wrong.
      const hasGap = last !== undefined && first !== undefined && first.time > last.time && page.start === undefined;
      start = page.start ?? start;
      base = hasGap ? page.bars : mergeBars(base, page.bars);
      isCurrent = false;
      if (hasGap) older?.abort();
      change({ history: base.length === 0 ? "empty" : "loaded", historyError: undefined, hasOlder: hasOlder() });
    } catch (error) {
      if (signal.aborted) return;
      needsLoad = true;
      change({ history: "failed", historyError: error as Error });
    }
  };

  const loadOlder = async () => {
    const [first] = get().bars;
    if (older || !state.hasOlder || isStopped || first === undefined) return;
    older = new AbortController();
    const { signal } = older;
    change({ isLoadingOlder: true, historyError: undefined });
    try {
      const query = { ...series, from: first.time, to: first.time, countBack: pageSize };
      const page = await loadBars(rest, query, signal, start);
      const before = page.bars.filter(({ time }) => time < first.time);
      base = mergeBars(before, base);
      isCurrent = false;
      older = undefined;
      start = before.length === 0 ? first.time : (page.start ?? start);
      change({ isLoadingOlder: false, hasOlder: hasOlder() });
    } catch (error) {
      older = undefined;
      change({ isLoadingOlder: false, ...(!signal.aborted && { historyError: error as Error }) });
    }
  };

  const stopListening = client.subscribe(bars, series, {
    onUpdate(bar) {
      live.set(bar.time, bar);
      isCurrent = false;
      state = { ...state, dataUpdatedAt: now() };
      notify();
    },
    onStatus({ state: status, error, reason }: TopicStatus) {
      change({ status, error, reason });
      if (status === "live" && needsLoad) void loadNewest();
    },
    onGap() {
      base = get().bars;
      live = new Map();
      // What a pending request replies can be from before the gap.
      newest?.abort();
      needsLoad = true;
      if (state.status === "live") void loadNewest();
    },
  });

  return {
    readers,
    get,
    loadOlder,
    reload: async () => {
      if (!isStopped) await loadNewest();
    },
    stop() {
      isStopped = true;
      newest?.abort();
      older?.abort();
      stopListening();
    },
  };
}
