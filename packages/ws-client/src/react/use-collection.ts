import { useSyncExternalStore } from "react";
import type { ClientRoute } from "../subscriptions/listener.js";
import type { Collection } from "./topic-store.js";
import { type Flush, type Skip, useSource } from "./use-topic-store.js";

export interface CollectionOptions {
  /** How many updates of a route without a key are kept, the newest; 0 keeps none. @default 1000 */
  readonly last?: number;
  /** When updates are rendered. @default "frame" */
  readonly flush?: Flush;
}

/**
 * Subscribes to a topic while the component is mounted, and renders what its updates come to: the latest of each key, or of
 * a route without a key the last ones. Any number of components share one subscription and one list.
 *
 * The parameters may be a new object each time: what counts is the topic they make.
 *
 * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
 */
export function useCollection<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  { last = 1000, flush }: CollectionOptions = {},
): Collection<Update> {
  return useSyncExternalStore(...useSource(route, params, route.key === undefined ? last : undefined, flush));
}
