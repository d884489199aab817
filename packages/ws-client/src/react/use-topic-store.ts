"use client";

import * as React from "react";
import { defer } from "../defer.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import { type ClientContextValue, useClientContext } from "./client-provider.js";
import { type Collection, EMPTY, type SubscribeArguments, type TopicStore, topicStore } from "./topic-store.js";
import type { StoreArguments } from "./use-store.js";

/** Pass instead of parameters to subscribe to nothing. Equal to `null`. */
export const skip = null;

export type Skip = typeof skip;

/**
 * When updates are rendered: `frame` batches them until the next paint, which pauses in a hidden tab; `immediate` renders
 * every update.
 */
export type Flush = "frame" | "immediate";

const noop = (): void => {};

const SKIPPED: Collection<never> = { ...EMPTY, status: "skipped" };

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
  flush: Flush = "frame",
): StoreArguments<Collection<Update>> {
  const resolved = useResolvedTopic(route, params);
  return React.useMemo(() => storeArguments(resolved, last, flush), [resolved, last, flush]);
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

function storeArguments<Update>(
  resolved: ResolvedTopic<Update> | undefined,
  last: number | undefined,
  flush: Flush,
): StoreArguments<Collection<Update>> {
  if (resolved === undefined) return [() => noop, () => SKIPPED, () => SKIPPED];
  const { frames, stores, topic } = resolved;
  const id = `${last} ${topic}`;
  const currentStore = () => stores.get(id) as TopicStore<Update> | undefined;
  const subscribe = (onChange: () => void) => {
    const store = currentStore() ?? topicStore(resolved, last);
    stores.set(id, store as TopicStore<unknown>);
    const reader = flush === "immediate" ? onChange : () => frames.add(onChange);
    store.readers.add(reader);
    return () => {
      store.readers.delete(reader);
      frames.delete(onChange);
      // Deferred, so that a component that mounts in the same task reuses the store.
      defer(() => {
        if (store.readers.size > 0) return;
        store.stop();
        if (currentStore() === store) stores.delete(id);
      });
    };
  };
  return [subscribe, () => currentStore()?.get() ?? EMPTY, () => EMPTY];
}
