import type { ClientRoute } from "../subscriptions/listener.js";
import type { StoreOptions } from "./shared-store.js";
import type { Collection } from "./topic-store.js";
import { useSelection } from "./use-selection.js";
import { type Skip, useTopicStore } from "./use-topic-store.js";

export interface CollectionOptions<Item = unknown, Items = readonly Item[]>
  extends StoreOptions,
    SelectOptions<readonly Item[], Items> {
  /**
   * Maximum number of items on a route whose snapshot does not have all of them: of updates without a key, of bars. 0 keeps
   * none. @default 1000
   */
  readonly last?: number;
}

/** The part of a list that a component uses. */
export interface SelectOptions<All, Selected> {
  /** Returns the part of the list that the component uses, for instance the working orders. @default the whole list */
  readonly select?: (items: All) => Selected;
  /**
   * Compares two selected values; equal ones cause no render. @default whether they are the same, or lists of the same items
   */
  readonly isEqual?: (one: Selected, other: Selected) => boolean;
}

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
  { last = 1000, select, isEqual = isSameList, ...options }: CollectionOptions<Update, Items> = {},
): Collection<Update, Items> {
  return useSelection<Collection<Update>, Collection<Update, Items>>(
    useTopicStore(route, params, route.snapshot === "all" ? 1 / 0 : last, options),
    (state) => ({ ...state, items: select ? select(state.items) : (state.items as Items) }),
    (one, other) => one.isComplete === other.isComplete && one.gaps === other.gaps && isEqual(one.items, other.items),
  );
}

/** Returns whether two values are the same, or lists of the same items. */
export function isSameList(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other);
  return one.length === other.length && one.every((item, index) => Object.is(item, other[index]));
}
