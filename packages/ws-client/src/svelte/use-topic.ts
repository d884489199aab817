import { createSubscriber } from "svelte/reactivity";
import type { NoInfer } from "../no-infer.js";
import type { Flush, FlushOptions } from "../stores/shared-store.js";
import type { TopicResult } from "../stores/store.js";
import type { Collection } from "../stores/topic-store.js";
import {
  type ItemsOptions,
  itemsView,
  lastOf,
  type TopicReader,
  type TopicValue,
  type TopicView,
  topicReader,
  type ValueOptions,
  valueView,
} from "../stores/topic-view.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import { useClient } from "./client-context.js";

/** A value that templates, `$derived` and `$effect` follow when they read `current`. */
export interface Current<Value> {
  readonly current: Value;
}

/** Parameters, or a function that reads them from the component's state; null subscribes to nothing. */
export type ParamsOrGetter<Params> = Params | null | (() => Params | null);

/**
 * Returns the status and the latest update of a topic. It is subscribed to while a template or an effect reads `current`.
 * Components with the same topic share one subscription. Call it while the component is initialized.
 *
 * @throws TopicError from `current`, if the parameters are invalid
 */
export function useTopic<Params extends object, Update, Value = Update>(
  route: ClientRoute<Params, Update>,
  params: ParamsOrGetter<NoInfer<Params>>,
  { flush, ...options }: ValueOptions<Update, Value> & FlushOptions = {},
): Current<TopicValue<Value>> {
  return useView(route, params, undefined, valueView(options), flush);
}

/**
 * Returns a list of a topic's updates: the latest update of each key, or the last updates of a route without a key. It is subscribed
 * to while a template or an effect reads `current`. Components with the same topic share one subscription and one list. Call it while
 * the component is initialized.
 *
 * @throws TopicError from `current`, if the parameters are invalid
 */
export function useCollection<Params extends object, Update, Items = readonly Update[]>(
  route: ClientRoute<Params, Update>,
  params: ParamsOrGetter<NoInfer<Params>>,
  { flush, ...options }: ItemsOptions<Update, Items> & FlushOptions = {},
): Current<Collection<Update, Items>> {
  return useView(route, params, lastOf(route, options), itemsView(options), flush);
}

function useView<Params extends object, Update, Result extends TopicResult>(
  route: ClientRoute<Params, Update>,
  params: ParamsOrGetter<Params>,
  last: number | undefined,
  view: TopicView<Update, Result>,
  flush: Flush | undefined,
): Current<Result> {
  const client = useClient();
  let topic: string | null | undefined;
  let reader: TopicReader<Result>;
  let track: () => void;
  return {
    get current() {
      const given = typeof params === "function" ? params() : params;
      const next = given && route.buildTopic(given);
      if (next !== topic) {
        topic = next;
        reader = topicReader(client, route, given, last, view, flush);
        track = createSubscriber(reader.subscribe);
      }
      track();
      return reader.read();
    },
  };
}
