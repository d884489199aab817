import { type RefObject, useInsertionEffect, useMemo } from "react";
import type { ClientRoute } from "../subscriptions/listener.js";
import { useShared } from "./client-provider.js";
import { type Collection, EMPTY, type TopicStore, topicStore, type Wanted } from "./topic-store.js";

/** Instead of parameters: the hook subscribes to nothing. The same as `null`. */
export const skip = null;

export type Skip = typeof skip;

/**
 * When a change is rendered: `frame` gathers changes until the browser makes its next picture, which it does not while a tab
 * is hidden; `immediate` does not wait.
 */
export type Flush = "frame" | "immediate";

/** Ends what was never begun. */
export const nothing = (): void => {};

const SKIPPED: Collection<never> = { ...EMPTY, status: "skipped" };

/** What is wanted; the same object as long as the parameters make the same topic. Wrong ones throw here, while rendering. */
export function useWanted<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: Params | Skip,
): Wanted<Update> | undefined {
  const shared = useShared();
  const topic = params === skip ? "" : route.buildTopic(params);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the topic stands for the parameters
  return useMemo(
    () =>
      params === skip
        ? undefined
        : {
            ...shared,
            topic,
            route: route as ClientRoute<object, Update>,
            params: route.parseParams?.(params) ?? params,
          },
    [shared, route, topic],
  );
}

/**
 * A topic's state as `useSyncExternalStore` takes it: how to hear of changes, what is known, and what a server renders, and a
 * browser that takes over its page.
 */
export type Source<Update> = [
  subscribe: (changed: () => void) => () => void,
  get: () => Collection<Update>,
  getServer: () => Collection<Update>,
];

/** @param last as `topicStore` has it */
export function useSource<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: Params | Skip,
  last: number | undefined,
  flush: Flush = "frame",
): Source<Update> {
  const wanted = useWanted(route, params);
  return useMemo(() => sourceOf(wanted, last, flush), [wanted, last, flush]);
}

/** Keeps a value once its render is shown: before any effect of that commit, and not of renders that are thrown away. */
export function useCommit<Value>(ref: RefObject<Value>, value: Value): void {
  useInsertionEffect(() => {
    ref.current = value;
  });
}

function sourceOf<Update>(wanted: Wanted<Update> | undefined, last: number | undefined, flush: Flush): Source<Update> {
  if (wanted === undefined) return [() => nothing, () => SKIPPED, () => SKIPPED];
  const { frames, stores, topic } = wanted;
  const id = `${last} ${topic}`;
  const held = () => stores.get(id) as TopicStore<Update> | undefined;
  const subscribe = (changed: () => void) => {
    const store = held() ?? topicStore(wanted, last);
    stores.set(id, store as TopicStore<unknown>);
    const reader = flush === "immediate" ? changed : () => frames.add(changed);
    store.readers.add(reader);
    return () => {
      store.readers.delete(reader);
      frames.delete(changed);
      // Not at once: a component that mounts in the same moment goes on with what is known.
      queueMicrotask(() => {
        if (store.readers.size > 0) return;
        store.stop();
        if (held() === store) stores.delete(id);
      });
    };
  };
  return [subscribe, () => held()?.get() ?? EMPTY, () => EMPTY];
}
