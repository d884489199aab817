import type { Position } from "./listener.js";

/** The saved state of a topic: its position, and the known updates up to it. */
export interface SavedTopic extends Position {
  /** The updates that a late listener would receive, as they arrived. */
  readonly known: readonly unknown[];
}

/** Saves topics across a reload. If a method throws, the error is reported, and the topic starts without a saved state. */
export interface TopicStorage {
  /** Returns the saved state of a topic; called once for each topic. */
  load(topic: string): SavedTopic | undefined;
  /** Saves all topics. Called when the page is hidden, and when the client closes. */
  save(topics: ReadonlyMap<string, SavedTopic>): void;
}

/** The used part of the Storage API; `sessionStorage` and `localStorage` implement it. */
export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/**
 * Returns a storage that keeps topics in the tab's sessionStorage until the tab is closed. The updates are stored in plain
 * text: do not use it if account data must not outlive the page.
 *
 * @param options.key the item's key. @default "trading-streams"
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
