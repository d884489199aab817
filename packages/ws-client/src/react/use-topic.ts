"use client";

import * as React from "react";
import type { TopicResult } from "../stores/store.js";
import { type ClientRoute, PENDING, type TopicListener } from "../subscriptions/listener.js";
import type { StoreOptions } from "./shared-store.js";
import type { Collection } from "./topic-store.js";
import { useSelection } from "./use-selection.js";
import { useStore } from "./use-store.js";
import { type Committed, type Skip, useCommitted, useResolvedTopic, useTopicStore } from "./use-topic-store.js";

/** The status and the latest value of a topic. The value is kept while the connection is lost. */
export interface TopicValue<Value> extends TopicResult {
  readonly value: Value | undefined;
}

export interface TopicOptions<Update, Value = Update> extends StoreOptions {
  /** Returns the part of an update that the component uses. @default the whole update */
  readonly select?: (update: Update) => Value;
  /** Compares two values; equal values cause no render. @default Object.is */
  readonly isEqual?: (one: Value, other: Value) => boolean;
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
  { select, isEqual = Object.is, ...options }: TopicOptions<Update, Value> = {},
): TopicValue<Value> {
  return useSelection<Collection<Update>, TopicValue<Value>>(
    useTopicStore(route, params, undefined, options),
    ({ items: [update], status, error, reason, dataUpdatedAt }) => {
      const value = update !== undefined && select ? select(update) : (update as Value | undefined);
      return { value, status, error, reason, dataUpdatedAt };
    },
    (one, other) => isSameValue(one.value, other.value, isEqual),
  );
}

/** Compares two values of which each can be missing. */
export function isSameValue<Value>(
  one: Value | undefined,
  other: Value | undefined,
  isEqual: (one: Value, other: Value) => boolean,
): boolean {
  return one === undefined || other === undefined ? one === other : isEqual(one, other);
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
