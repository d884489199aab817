"use client";

import type { Bar } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import * as React from "react";
import {
  type BarHistory,
  type BarHistoryState,
  type BarSeries,
  createBarHistory,
  EMPTY_HISTORY,
} from "../stores/bar-history.js";
import { type StoreOptions, sharedStoreArguments, suspend } from "../stores/shared-store.js";
import { isSameList, type SelectOptions } from "../stores/topic-view.js";
import { useClientContext, useRest } from "./client-provider.js";
import { useSelection } from "./use-selection.js";
import type { Skip } from "./use-topic-store.js";

export interface BarHistoryHookOptions<Bars = readonly Bar[]>
  extends StoreOptions,
    SelectOptions<readonly Bar[], Bars> {
  /** Minimum number of bars per request. @default 300 */
  readonly pageSize?: number;
}

/** The bars of a chart. @typeParam Bars what the option `select` returns */
export interface BarHistoryResult<Bars = readonly Bar[]> extends Omit<BarHistoryState, "bars"> {
  /** All known bars, oldest first, or what `select` returns of them. Unchanged bars keep their identity. */
  readonly bars: Bars;
  /** Loads the page before the first bar, unless a request is pending. Never rejects: a failure is in `historyError`. */
  readonly loadOlder: () => Promise<void>;
  /** Loads the newest page again, for example after a failure. Never rejects. */
  readonly reload: () => Promise<void>;
}

const empty = () => EMPTY_HISTORY;
const SKIPPED: BarHistoryState = { ...EMPTY_HISTORY, status: "skipped" };

/**
 * Returns the bars of a chart: the history over REST and the live bars of the stream, as one list without a seam. Bars that were
 * missed while the connection was lost are loaded again. Components with the same symbol, resolution and page size share them.
 *
 * `ClientProvider` needs the property `rest`.
 *
 * @throws TopicError if the parameters are invalid
 */
export function useBarHistory<Bars = readonly Bar[]>(
  series: BarSeries | Skip,
  { pageSize = 300, select, isEqual = isSameList, flush, ...options }: BarHistoryHookOptions<Bars> = {},
): BarHistoryResult<Bars> {
  const context = useClientContext();
  const rest = useRest();
  const topic = series === null ? "" : bars.buildTopic(series);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the topic identifies the series
  const shared = React.useMemo(
    () =>
      series === null
        ? undefined
        : {
            ...context,
            id: `history ${pageSize} ${topic}`,
            create: (initial: BarHistoryState) => createBarHistory(context.client, rest, series, { pageSize, initial }),
            initial: context.hydration?.history(topic) ?? empty,
            isReady: ({ history }: BarHistoryState) => history !== "loading",
          },
    [context, rest, topic, pageSize],
  );
  suspend(shared, options);
  const store = React.useMemo(() => sharedStoreArguments(shared, SKIPPED, flush), [shared, flush]);
  const commands = React.useMemo(() => {
    const current = () => shared && (shared.stores.get(shared.id) as BarHistory | undefined);
    return {
      loadOlder: async () => current()?.loadOlder(),
      reload: async () => current()?.reload(),
    };
  }, [shared]);
  return useSelection<BarHistoryState, BarHistoryResult<Bars>>(
    store,
    (state) => ({ ...state, ...commands, bars: select ? select(state.bars) : (state.bars as Bars) }),
    (one, other) =>
      one.history === other.history &&
      one.historyError === other.historyError &&
      one.hasOlder === other.hasOlder &&
      one.isLoadingOlder === other.isLoadingOlder &&
      isEqual(one.bars, other.bars),
    [commands, select, isEqual],
  );
}
