import type { TopicStorage } from "../subscriptions/topic-storage.js";
import type { Dehydrated } from "./dehydrated.js";

/** A storage that contains the topics that a server has prefetched, from which the client continues. */
export interface HydratedTopics extends TopicStorage {
  /** Adds public topics, until their first subscription or until the returned function is called. */
  add(states: readonly Dehydrated[]): () => void;
}

/**
 * Returns a storage for the client's option `storage` and for `HydrationBoundary`.
 *
 * @param storage keeps topics across a reload, such as `sessionTopics()`. @default none
 */
export function hydratedTopics(storage?: TopicStorage): HydratedTopics {
  const topics = new Map<string, Dehydrated>();
  return {
    load(topic, owner) {
      const saved = storage?.load(topic, owner);
      const hydrated = topics.get(topic);
      topics.delete(topic);
      // It is newer than what the page saved before the reload.
      return hydrated?.kind === "topic" && owner.user === undefined ? hydrated : saved;
    },
    save(saved, owner) {
      storage?.save(saved, owner);
    },
    add(states) {
      const added = states.filter((state) => state.kind === "topic" && !state.isPrivate);
      for (const state of added) topics.set(state.topic, state);
      return () => {
        for (const state of added) if (topics.get(state.topic) === state) topics.delete(state.topic);
      };
    },
  };
}
