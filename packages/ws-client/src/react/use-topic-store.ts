"use client";

import * as React from "react";
import { type StoreOptions, sharedStoreArguments, suspend } from "../stores/shared-store.js";
import type { StoreArguments } from "../stores/store.js";
import { type Collection, EMPTY, type SubscribeArguments, topicStore } from "../stores/topic-store.js";
import { SKIPPED } from "../stores/topic-view.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import { type ClientContextValue, useClientContext } from "./client-provider.js";

/** Pass instead of parameters to subscribe to nothing. Equal to `null`. */
export const skip = null;

export type Skip = typeof skip;

const empty = () => EMPTY;

/** A topic with its route and parsed parameters. */
export interface ResolvedTopic<Update> extends ClientContextValue, SubscribeArguments<Update> {
  readonly topic: string;
}

/**
 * Builds the topic. The result keeps its identity while the parameters build the same topic. Invalid parameters throw while
 * rendering.
 */
export function useResolvedTopic<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: Params | Skip,
): ResolvedTopic<Update> | undefined {
  const context = useClientContext();
  const topic = params === skip ? "" : route.buildTopic(params);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the topic identifies the parameters
  return React.useMemo(
    () =>
      params === skip
        ? undefined
        : {
            ...context,
            topic,
            route: route as ClientRoute<object, Update>,
            params: route.parseParams?.(params) ?? params,
          },
    [context, route, topic],
  );
}

/**
 * Returns the arguments of `useStore` that subscribe a component to a topic.
 *
 * @param last as in `topicStore`
 */
export function useTopicStore<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: Params | Skip,
  last: number | undefined,
  { flush, ...options }: StoreOptions,
): StoreArguments<Collection<Update>> {
  const resolved = useResolvedTopic(route, params);
  const shared = React.useMemo(
    () =>
      resolved && {
        ...resolved,
        id: `${last} ${resolved.topic}`,
        create: (initial: Collection<Update>) => topicStore(resolved, last, initial),
        initial: resolved.hydration?.topic(resolved, last) ?? empty,
        isReady: ({ isComplete, items }: Collection<Update>) => (last === undefined ? items.length > 0 : isComplete),
      },
    [resolved, last],
  );
  suspend(shared, options);
  return React.useMemo(() => sharedStoreArguments(shared, SKIPPED, flush), [shared, flush]);
}

/**
 * Stores a value in a ref on commit, before all other effects, and removes it when the ref changes. A discarded render does not
 * change the ref. Pass a ref from `useMemo`: code that still has the ref of an old topic then finds no value.
 */
export function useCommitted<Value>(ref: Committed<Value>, value: Value): void {
  React.useInsertionEffect(() => {
    ref.current = value;
    return () => {
      ref.current = undefined;
    };
  });
}

/** A value of the last commit; undefined before the first commit and after unmounting. */
export interface Committed<Value> {
  current?: Value | undefined;
}
