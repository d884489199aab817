import type { Position } from "./listener.js";

/** The saved state of a topic: its position, and the known updates up to it. */
export interface SavedTopic extends Position {
  /** The updates that a late listener would receive, as they arrived. */
  readonly known: readonly unknown[];
  /** For each of them, the milliseconds until it is evicted; Infinity (null in JSON) if it is not finished. @default from `keep` */
  readonly evictInMs?: readonly (number | null)[];
}

/** The owner of saved topics. */
export interface TopicOwner {
  /** The server's endpoint, without credentials and query. */
  readonly url: string;
  /** The user of private topics; undefined for public ones. */
  readonly user?: string | undefined;
}

/**
 * Saves topics across a reload. Private topics are saved only if the server names the user on login, and restored after a login
 * of the same user. If a method throws, the error is reported once, and the storage is not used any more.
 */
export interface TopicStorage {
  /** Returns the saved state of a topic; called once for each topic. */
  load(topic: string, owner: TopicOwner): SavedTopic | undefined;
  /** Replaces the saved topics of an owner. Called when the page is hidden, when the client closes, and on a logout. */
  save(topics: ReadonlyMap<string, SavedTopic>, owner: TopicOwner): void;
}

/** The used part of the Storage API; `sessionStorage` and `localStorage` implement it. */
export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/**
 * Returns a storage that keeps topics in the tab's sessionStorage until the tab is closed, in one item for each server and
 * user. The updates are stored in plain text: do not use it if account data must not outlive the page.
 *
 * @param options.key the beginning of the items' keys. Two clients of one server in one page need different keys, or the one
 * that saves last overwrites the public topics of the other. @default "trading-streams"
 * @param options.storage @default sessionStorage
 */
export function sessionTopics({
  key = "trading-streams",
  storage,
}: {
  key?: string;
  storage?: StorageLike;
} = {}): TopicStorage {
  const loaded = new Map<string, Map<string, SavedTopic>>();
  const itemOf = ({ url, user }: TopicOwner) => [key, url, ...(user === undefined ? [] : [user])].join(" ");
  // Looked up on each use: a page in a sandbox throws on access.
  const items = () => storage ?? (globalThis as unknown as { sessionStorage: StorageLike }).sessionStorage;
  return {
    load(topic, owner) {
      const item = itemOf(owner);
      const topics = loaded.get(item) ?? new Map(Object.entries(JSON.parse(items().getItem(item) ?? "{}")));
      loaded.set(item, topics as Map<string, SavedTopic>);
      const saved = topics.get(topic) as SavedTopic | undefined;
      topics.delete(topic);
      return saved;
    },
    save(topics, owner) {
      const item = itemOf(owner);
      // A logout deletes the user's topics, also those that were read and not requested yet.
      if (topics.size === 0) loaded.delete(item);
      items().setItem(item, JSON.stringify(Object.fromEntries(topics)));
    },
  };
}
