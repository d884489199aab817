import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { ClientRoute } from "../listener.js";
import { type Shared, useShared } from "./client-provider.js";
import { type Collection, EMPTY, type Fold, TopicStore, type Wanted } from "./topic-store.js";

/** Instead of parameters: the hook subscribes to nothing. The same as `null`. */
export const skip = null;

export type Skip = typeof skip;

/**
 * When a change is rendered: `frame` gathers changes until the browser makes its next picture, which it does not while a tab
 * is hidden; `immediate` does not wait.
 */
export type Flush = "frame" | "immediate";

/** A topic's state as `useSyncExternalStore` wants it. */
export interface Source<Update> {
  readonly subscribe: (changed: () => void) => () => void;
  readonly get: () => Collection<Update>;
  /** What a server renders, and a browser that takes over its page. */
  readonly getServer: () => Collection<Update>;
}

const SKIPPED: Collection<never> = { ...EMPTY, status: "skipped" };

/** What is wanted; the same object as long as the parameters make the same topic. Wrong parameters throw here, while rendering. */
export function useWanted<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: Params | Skip,
): Wanted<Update> | undefined {
  const topic = params === skip ? undefined : route.buildTopic(params);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the topic stands for the parameters
  return useMemo(() => {
    if (params === skip || topic === undefined) return;
    return { topic, route: route as ClientRoute<object, Update>, params: route.parseParams?.(params) ?? params };
  }, [route, topic]);
}

export function useSource<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: Params | Skip,
  { key, last }: Fold,
  flush: Flush = "frame",
): Source<Update> {
  const shared = useShared();
  const wanted = useWanted(route, params);
  return useMemo(() => sourceOf(shared, wanted, { key, last }, flush), [shared, wanted, key, last, flush]);
}

/** Reads a part of a source. Renders only when the part is no longer the same. */
export function useSelected<Update, Part>(
  { subscribe, get, getServer }: Source<Update>,
  select: (state: Collection<Update>) => Part,
  isSame: (one: Part, other: Part) => boolean,
): Part {
  const shown = useRef<Part>(undefined);
  const read = (state: () => Collection<Update>) => {
    let of: Collection<Update> | undefined;
    let part: Part;
    return () => {
      const now = state();
      if (now !== of) {
        const next = select(now);
        part = shown.current !== undefined && isSame(shown.current, next) ? shown.current : next;
        of = now;
      }
      return part;
    };
  };
  const part = useSyncExternalStore(subscribe, read(get), read(getServer));
  useInsertionEffect(() => {
    shown.current = part;
  });
  return part;
}

function sourceOf<Update>(
  { client, frames, stores }: Shared,
  wanted: Wanted<Update> | undefined,
  fold: Fold,
  flush: Flush,
): Source<Update> {
  if (wanted === undefined) return { subscribe: () => () => {}, get: () => SKIPPED, getServer: () => SKIPPED };
  const id = `${fold.key} ${fold.last} ${wanted.topic}`;
  const held = () => stores.get(id) as TopicStore<Update> | undefined;
  return {
    get: () => held()?.state ?? EMPTY,
    getServer: () => EMPTY,
    subscribe(changed) {
      const store = held() ?? new TopicStore(client, wanted, fold);
      stores.set(id, store as TopicStore<unknown>);
      const reader = flush === "immediate" ? changed : () => frames.add(changed);
      store.add(reader);
      return () => {
        store.remove(reader);
        frames.delete(changed);
        // Not at once: a component that mounts in the same moment goes on with what is known.
        queueMicrotask(() => {
          if (!store.isIdle) return;
          store.stop();
          if (held() === store) stores.delete(id);
        });
      };
    },
  };
}
