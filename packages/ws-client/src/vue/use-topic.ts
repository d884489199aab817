import { type ComputedRef, computed, type MaybeRefOrGetter, shallowRef, toValue } from "vue";
import type { NoInfer } from "../no-infer.js";
import type { FlushOptions } from "../stores/shared-store.js";
import type { TopicResult } from "../stores/store.js";
import { type Collection, EMPTY } from "../stores/topic-store.js";
import {
  type ItemsOptions,
  itemsView,
  lastOf,
  SKIPPED,
  type TopicValue,
  type TopicView,
  topicReader,
  type ValueOptions,
  valueView,
} from "../stores/topic-view.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import { useClient } from "./client-key.js";
import { whileActive } from "./while-active.js";

/** A read-only ref for each member of a result. They change together. */
export type Refs<Result> = { readonly [Name in keyof Result]-?: ComputedRef<Result[Name]> };

/**
 * Subscribes to a topic while the component is mounted, and returns refs of its status and latest update. Components with the same
 * topic share one subscription. Outside of a component it is subscribed until the effect scope is stopped.
 *
 * @param params the parameters, or a ref or getter of them; null subscribes to nothing
 * @throws TopicError if the parameters are invalid
 */
export function useTopic<Params extends object, Update, Value = Update>(
  route: ClientRoute<Params, Update>,
  params: MaybeRefOrGetter<NoInfer<Params> | null>,
  { flush, ...options }: ValueOptions<Update, Value> & FlushOptions = {},
): Refs<TopicValue<Value>> {
  return useView(route, params, undefined, valueView(options), flush);
}

/**
 * Subscribes to a topic while the component is mounted, and returns refs of a list of its updates: the latest update of each key, or
 * the last updates of a route without a key. Components with the same topic share one subscription and one list.
 *
 * @param params the parameters, or a ref or getter of them; null subscribes to nothing
 * @throws TopicError if the parameters are invalid
 */
export function useCollection<Params extends object, Update, Items = readonly Update[]>(
  route: ClientRoute<Params, Update>,
  params: MaybeRefOrGetter<NoInfer<Params> | null>,
  { flush, ...options }: ItemsOptions<Update, Items> & FlushOptions = {},
): Refs<Collection<Update, Items>> {
  return useView(route, params, lastOf(route, options), itemsView(options), flush);
}

function useView<Params extends object, Update, Result extends TopicResult>(
  route: ClientRoute<Params, Update>,
  params: MaybeRefOrGetter<Params | null>,
  last: number | undefined,
  view: TopicView<Update, Result>,
  flush: FlushOptions["flush"],
): Refs<Result> {
  const client = useClient();
  const topic = computed(() => {
    const given = toValue(params);
    return given && route.buildTopic(given);
  });
  // Read here, so that invalid parameters throw in the setup of the component.
  const result = shallowRef(view[0](topic.value === null ? SKIPPED : EMPTY));
  whileActive(
    () => topic.value,
    () => {
      const { subscribe, read } = topicReader(client, route, toValue(params), last, view, flush);
      const update = () => {
        result.value = read();
      };
      const stop = subscribe(update);
      update();
      return stop;
    },
  );
  return Object.fromEntries(
    Object.keys(result.value).map((name) => [name, computed(() => result.value[name as keyof Result])]),
  ) as Refs<Result>;
}
