"use client";

import * as React from "react";
import type { NoInfer } from "../no-infer.js";
import type { StoreOptions } from "../stores/shared-store.js";
import type { TopicResult } from "../stores/store.js";
import { type TopicValue, type ValueOptions, valueView } from "../stores/topic-view.js";
import { type ClientRoute, PENDING, type TopicListener } from "../subscriptions/listener.js";
import { useSelection } from "./use-selection.js";
import { useStore } from "./use-store.js";
import { type Committed, type Skip, useCommitted, useResolvedTopic, useTopicStore } from "./use-topic-store.js";

export interface TopicOptions<Update, Value = Update> extends StoreOptions, ValueOptions<Update, Value> {}

/**
 * Subscribes to a topic while the component is mounted, and renders its latest update. Components with the same topic share
 * one subscription. Of several updates within a frame only the last is rendered: use `useTopicEvents` to process every
 * update, and `useCollection` for a topic with many keys.
 *
 * The parameters can be a new object on every render: the hook compares the topics they build.
 *
 * @throws TopicError if the parameters are invalid
 */
export function useTopic<Params extends object, Update, Value = Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  options: TopicOptions<Update, Value> = {},
): TopicValue<Value> {
  const store = useTopicStore(route, params, undefined, options);
  return useSelection(store, ...valueView(options), [options.select, options.isEqual]);
}

/** Further callbacks of `useTopicEvents`. */
export type TopicEventsOptions = Pick<TopicListener<never>, "onGap" | "onReset">;

/**
 * Subscribes to a topic while the component is mounted, and calls `onUpdate` for every update without rendering. Updates
 * that the client already has are passed immediately. The component renders when the status changes.
 *
 * The callbacks can be new functions on every render: the latest ones are called. When the topic changes, a callback only
 * receives updates of the topic that it was rendered with.
 *
 * @throws TopicError if the parameters are invalid
 */
export function useTopicEvents<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  onUpdate: NonNullable<TopicListener<Update>["onUpdate"]>,
  { onGap, onReset }: TopicEventsOptions = {},
): Omit<TopicResult, "dataUpdatedAt"> {
  const resolved = useResolvedTopic(route, params);
  const hasGapListener = onGap !== undefined;
  const { committed, subscribe, get } = React.useMemo(() => {
    // React ends the old subscription after the commit: until then, it must not call the callbacks of the new topic.
    const committed: Committed<{
      readonly onUpdate: typeof onUpdate;
      readonly onGap: typeof onGap;
      readonly onReset: typeof onReset;
    }> = {};
    let status = PENDING;
    const subscribe = (onChange: () => void) => {
      const stop = resolved?.client.subscribe(resolved.route, resolved.params, {
        onUpdate: (update, meta) => committed.current?.onUpdate(update, meta),
        onStatus: (next) => {
          status = next;
          onChange();
        },
        onReset: () => committed.current?.onReset?.(),
        // Only with a callback, because the client reports a gap without listeners as an error.
        ...(hasGapListener && { onGap: (gap) => committed.current?.onGap?.(gap) }),
      });
      return () => {
        stop?.();
        status = PENDING;
      };
    };
    return { committed, subscribe, get: () => status };
  }, [resolved, hasGapListener]);
  useCommitted(committed, { onUpdate, onGap, onReset });
  const { state, error, reason } = useStore(subscribe, get, () => PENDING);
  return { status: resolved ? state : "skipped", error, reason };
}
