"use client";

import * as React from "react";
import type { StoreArguments, TopicResult } from "../stores/store.js";
import { hasSameStatus } from "../stores/topic-view.js";
import { useStore } from "./use-store.js";

/**
 * Reads a store, and renders only if what is built from its state changes.
 *
 * @param isUnchanged compares two results; not called for results of two stores
 * @param dependencies the values that the two functions use. @default none, so that each render builds a result
 */
export function useSelection<State, Result extends TopicResult>(
  [subscribe, get, getServer]: StoreArguments<State>,
  build: (state: State) => Result,
  isUnchanged: (before: Result, result: Result) => boolean,
  dependencies: readonly unknown[] = [{}],
): Result {
  // A new one for each store, because `isUnchanged` can ignore the difference between the values of two topics.
  // It can be the result of a render that React has discarded: that costs a further render at most, and an effect that stores the
  // result of each commit takes more time than that.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `subscribe` identifies the store
  const last = React.useMemo<{ result?: Result }>(() => ({}), [subscribe]);
  const selectFrom = (read: () => State) => {
    let previous: State | undefined;
    let result: Result;
    return () => {
      const state = read();
      if (state === previous) return result;
      const built = build(state);
      const before = last.result;
      previous = state;
      result = before && hasSameStatus(before, built) && isUnchanged(before, built) ? before : built;
      last.result = result;
      return result;
    };
  };
  // Once for many renders: a new function would build each result twice, for the comparison of the store and for the render.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see `dependencies`
  const reads = React.useMemo(() => [selectFrom(get), selectFrom(getServer)] as const, [last, ...dependencies]);
  return useStore(subscribe, ...reads);
}
