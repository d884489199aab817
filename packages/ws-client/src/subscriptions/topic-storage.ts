import type { Position } from "./listener.js";

/** What is kept of a topic between two clients: where it stood, and what was known there. */
export interface SavedTopic extends Position {
  /** The updates that a late listener would be handed, as they came. */
  readonly known: readonly unknown[];
}

/** Keeps topics across a reload. Both methods may throw: that is reported, and the topic starts afresh. */
export interface TopicStorage {
  /** What was saved of a topic; each topic is asked for once. */
  load(topic: string): SavedTopic | undefined;
  /** Called when the page is hidden, and when the client closes, with all that is held then. */
  save(topics: ReadonlyMap<string, SavedTopic>): void;
}

/** The part of the Storage API that is used; `sessionStorage` and `localStorage` fit. */
export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/**
 * Keeps topics in the tab's sessionStorage, until the tab is closed. What is known stands there in plain text: leave it out
 * where account data must not outlive the page.
 *
 * @param options.key where in the storage. @default "trading-streams"
 * @param options.storage @default sessionStorage
 */
export function sessionTopics({
  key = "trading-streams",
  storage = (globalThis as unknown as { sessionStorage: StorageLike }).sessionStorage,
}: {
  key?: string;
  storage?: StorageLike;
} = {}): TopicStorage {
  let loaded: Map<string, SavedTopic> | undefined;
  return {
    load(topic) {
      loaded ??= new Map(Object.entries(JSON.parse(storage.getItem(key) ?? "{}")));
      const saved = loaded.get(topic);
      loaded.delete(topic);
      return saved;
    },
    save: (topics) => storage.setItem(key, JSON.stringify(Object.fromEntries(topics))),
  };
}
