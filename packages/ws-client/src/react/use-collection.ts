import type { ClientRoute } from "../subscriptions/listener.js";
import type { Collection } from "./topic-store.js";
import { useStore } from "./use-store.js";
import { type Flush, type Skip, useTopicStore } from "./use-topic-store.js";

export interface CollectionOptions {
  /**
   * Maximum number of items on a route whose snapshot does not have all of them: of updates without a key, of bars. 0 keeps
   * none. @default 1000
   */
  readonly last?: number;
  /** When updates are rendered. @default "frame" */
  readonly flush?: Flush;
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
export function useCollection<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  { last = 1000, flush }: CollectionOptions = {},
): Collection<Update> {
  return useStore(...useTopicStore(route, params, route.snapshot === "all" ? 1 / 0 : last, flush));
}
