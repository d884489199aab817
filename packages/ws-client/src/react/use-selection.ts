"use client";

import * as React from "react";
import type { StoreArguments, TopicResult } from "../stores/store.js";
import { hasSameStatus } from "../stores/topic-view.js";
import { useStore } from "./use-store.js";
import { type Committed, useCommitted } from "./use-topic-store.js";

/**
 * Reads a store, and renders only if what is built from its state changes.
 *
 * @param isUnchanged compares two results; not called for results of two stores
 */
export function useSelection<State, Result extends TopicResult>(
  [subscribe, get, getServer]: StoreArguments<State>,
  build: (state: State) => Result,
  isUnchanged: (before: Result, result: Result) => boolean,
): Result {
  // A new one for each store, because `isUnchanged` can ignore the difference between the values of two topics.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `subscribe` identifies the store
  const committed = React.useMemo<Committed<Result>>(() => ({}), [subscribe]);
  const selectFrom = (read: () => State) => {
    let previous: State | undefined;
    let result: Result;
    return () => {
      const state = read();
      if (state === previous) return result;
      const built = build(state);
      const { current } = committed;
      previous = state;
      result = current && hasSameStatus(current, built) && isUnchanged(current, built) ? current : built;
      return result;
    };
  };
  const result = useStore(subscribe, selectFrom(get), selectFrom(getServer));
  useCommitted(committed, result);
  return result;
}
