"use client";

import * as React from "react";
import { type ClientRoute, PENDING, type TopicListener } from "../subscriptions/listener.js";
import type { Collection, TopicResult } from "./topic-store.js";
import { useStore } from "./use-store.js";
import {
  type Committed,
  type Flush,
  type Skip,
  useCommitted,
  useResolvedTopic,
  useTopicStore,
} from "./use-topic-store.js";

/** The status and the latest value of a topic. The value is kept while the connection is lost. */
export interface TopicValue<Value> extends TopicResult {
  readonly value: Value | undefined;
}

export interface TopicOptions<Update, Value = Update> {
  /** Returns the part of an update that the component uses. @default the whole update */
  readonly select?: (update: Update) => Value;
  /** Compares two values; equal values cause no render. @default Object.is */
  readonly isEqual?: (one: Value, other: Value) => boolean;
  /** When updates are rendered. @default "frame" */
  readonly flush?: Flush;
}

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
  { select, isEqual = Object.is, flush }: TopicOptions<Update, Value> = {},
): TopicValue<Value> {
  const [subscribe, get, getServer] = useTopicStore(route, params, undefined, flush);
  // A new one for each topic, because `isEqual` can ignore the difference between the values of two topics.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `subscribe` identifies the topic
  const committed = React.useMemo<Committed<TopicValue<Value>>>(() => ({}), [subscribe]);
  const selectFrom = (read: () => Collection<Update>) => {
    let previous: Collection<Update> | undefined;
    let result: TopicValue<Value>;
    return () => {
      const state = read();
      if (state === previous) return result;
      const { items, status, error, reason } = state;
      const [update] = items;
      const value = update !== undefined && select ? select(update) : (update as Value | undefined);
      const { current } = committed;
      const isUnchanged =
        status === current?.status &&
        error === current.error &&
        reason === current.reason &&
        (value === undefined || current.value === undefined ? value === current.value : isEqual(current.value, value));
      previous = state;
      result = isUnchanged ? current : { value, status, error, reason };
      return result;
    };
  };
  const result = useStore(subscribe, selectFrom(get), selectFrom(getServer));
  useCommitted(committed, result);
  return result;
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
): TopicResult {
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
