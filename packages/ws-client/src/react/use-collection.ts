import type { NoInfer } from "../no-infer.js";
import type { StoreOptions } from "../stores/shared-store.js";
import type { Collection } from "../stores/topic-store.js";
import { type ItemsOptions, itemsView, lastOf } from "../stores/topic-view.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import { useSelection } from "./use-selection.js";
import { type Skip, useTopicStore } from "./use-topic-store.js";

export interface CollectionOptions<Item = unknown, Items = readonly Item[]>
  extends StoreOptions,
    ItemsOptions<Item, Items> {}

/**
 * Subscribes to a topic while the component is mounted, and renders a list of its updates: the latest update of each key, or
 * the last updates of a route without a key. The list has the keys that a new client would receive, so it does not grow
 * without limit. Components with the same topic share one subscription and one list.
 *
 * The parameters can be a new object on every render: the hook compares the topics they build.
 *
 * @throws TopicError if the parameters are invalid
 */
export function useCollection<Params extends object, Update, Items = readonly Update[]>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  options: CollectionOptions<Update, Items> = {},
): Collection<Update, Items> {
  const store = useTopicStore(route, params, lastOf(route, options), options);
  return useSelection(store, ...itemsView(options), [options.select, options.isEqual]);
}
