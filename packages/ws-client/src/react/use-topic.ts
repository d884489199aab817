import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Client } from "../client.js";
import type { ClientError } from "../errors.js";
import { type ClientRoute, PENDING, type TopicStatus } from "../listener.js";
import { useClient } from "./client-provider.js";

/** How a topic stands. */
export interface TopicResult {
  readonly status: TopicStatus["state"];
  /** Why the status is `error`; gone as soon as the topic is asked for again. */
  readonly error: ClientError | undefined;
}

/** How a topic stands, and its latest update; kept through a lost connection, until a newer one arrives. */
export interface TopicValue<Update> extends TopicResult {
  readonly value: Update | undefined;
}

/**
 * Subscribes to a topic while the component is mounted, and renders on each update. Any number of components share one
 * subscription. For a topic whose every update counts, or that holds many keys, use `useTopicEvents`: React may render
 * the latest of several.
 *
 * The parameters may be a new object each time: what counts is the topic they make.
 *
 * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
 */
export function useTopic<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params>,
): TopicValue<Update> {
  const client = useClient();
  const topic = route.buildTopic(params);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the topic stands for the parameters
  const store = useMemo(() => topicStore(client, route, params), [client, route, topic]);
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

/**
 * Subscribes to a topic while the component is mounted, and calls `onUpdate` for each update without rendering. What is
 * known already is handed over at once. Renders when the status changes.
 *
 * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
 */
export function useTopicEvents<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params>,
  onUpdate: (update: Update) => void,
): TopicResult {
  const client = useClient();
  const topic = route.buildTopic(params);
  const latest = useRef(onUpdate);
  // Before any effect of this commit, so that no update meets the callback of an earlier render.
  useInsertionEffect(() => {
    latest.current = onUpdate;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the topic stands for the parameters
  const store = useMemo(
    () => topicStore(client, route, params, (update) => latest.current(update)),
    [client, route, topic],
  );
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

/** A topic as `useSyncExternalStore` wants it: a snapshot that stays the same object until something changes. */
function topicStore<Params extends object, Update>(
  client: Client,
  route: ClientRoute<Params, Update>,
  given: Params,
  onEvent?: (update: Update) => void,
) {
  // A whole route checks them here as well, so that rendering throws and not an effect.
  const params = route.parseParams?.(given) ?? given;
  let snapshot: TopicValue<Update> = { value: undefined, ...result(PENDING) };
  return {
    get: () => snapshot,
    subscribe(changed: () => void) {
      const set = (change: Partial<TopicValue<Update>>) => {
        snapshot = { ...snapshot, ...change };
        changed();
      };
      return client.subscribe(route, params, {
        onUpdate: onEvent ?? ((value) => set({ value })),
        onStatus: (status) => set(result(status)),
      });
    },
  };
}

function result({ state, error }: TopicStatus): TopicResult {
  return { status: state, error };
}
