import type { Client } from "../client.js";
import { type ClientRoute, keyOf } from "../subscriptions/listener.js";
import type { Store, TopicResult } from "./store.js";

/**
 * The current state of a topic.
 *
 * @typeParam Items what the option `select` returns
 */
export interface Collection<Item, Items = readonly Item[]> extends TopicResult {
  /**
   * The latest update of each key, in order of first arrival. For a route without a key, the last updates, oldest first.
   * Unchanged items keep their identity.
   *
   * Keys that the route's rule `keep` evicts are removed, as on the server: a finished order after ten minutes. If the
   * route's snapshot has only the current key, as that of bars, the last keys are kept.
   *
   * The list is kept while the connection is lost. If the server cannot resume, its snapshot replaces the items one by one,
   * and keys that the snapshot does not have are removed when it is complete. The list is never empty in between.
   */
  readonly items: Items;
  /**
   * Whether the first snapshot is complete: then an empty list means that there are no items. Stays true afterwards; check
   * `status` for whether the items are current. A legacy server does not report the end of a snapshot, so there it is true
   * from the confirmation on.
   */
  readonly isComplete: boolean;
  /**
   * Number of gaps in which updates were missed that no snapshot restores: on a log, on bars, and on a legacy server. Use it
   * as a dependency of an effect that loads the missing updates from another source.
   *
   * Also increases when the list removes its first bar, and again when it removes one that arrived since. Older bars are then
   * in the history that the effect loads.
   */
  readonly gaps: number;
}

/** The arguments of a subscription. */
export interface SubscribeArguments<Update> {
  readonly client: Client;
  readonly route: ClientRoute<object, Update>;
  readonly params: object;
}

export const EMPTY: Collection<never> = {
  items: [],
  status: "pending",
  error: undefined,
  dataUpdatedAt: undefined,
  isComplete: false,
  gaps: 0,
};

/**
 * Subscribes to a topic and collects its updates.
 *
 * @param last maximum number of items; undefined keeps only the latest update, of any key
 * @param initial the state until updates arrive, which a server has rendered
 * @throws ClientError `no_websocket`
 */
export function topicStore<Update>(
  { client, route, params }: SubscribeArguments<Update>,
  last: number | undefined,
  initial: Collection<Update>,
): Store<Collection<Update>> {
  const readers = new Set<() => void>();
  const byKey = new Map(initial.items.map((update) => [keyOf(route.key, update), update]));
  /** Keys from a server's rendering, or from before a gap, that the snapshot after it has not confirmed yet. */
  const unconfirmed = new Set(byKey.keys());
  const isKeyed = last !== undefined && route.key !== undefined;
  const isCurrentOnly = isKeyed && route.snapshot === "current";
  const maxItems = last ?? 1;
  let count = 0;
  /** Number of bars removed since the last gap. */
  let removed = 0;
  let state = initial;
  let isCurrent = true;
  let dataUpdatedAt: number | undefined;

  const notify = () => {
    for (const reader of readers) reader();
  };
  const change = (changes: Partial<Collection<Update>>) => {
    state = { ...state, ...changes };
    notify();
  };

  const itemsChanged = () => {
    isCurrent = false;
    notify();
  };
  const remove = (key: unknown) => {
    byKey.delete(key);
    unconfirmed.delete(key);
  };

  const stop = client.subscribe(route, params, {
    onUpdate(update) {
      // The latest update alone needs no key: replacing a value takes less time than adding a key and removing another one.
      const key = isKeyed ? keyOf(route.key, update) : last && count++;
      byKey.set(key, update);
      unconfirmed.delete(key);
      dataUpdatedAt = Date.now();
      if (byKey.size > maxItems) {
        remove(byKey.keys().next().value);
        // The effect loads the bars up to now, so the next `maxItems` bars to remove are part of its history.
        if (isCurrentOnly && removed++ % maxItems === 0) state = { ...state, gaps: state.gaps + 1 };
      }
      itemsChanged();
    },
    onEvict(update) {
      if (isKeyed) remove(keyOf(route.key, update));
      itemsChanged();
    },
    onStatus({ state: status, error, reason }) {
      if (status === state.status && error === state.error && reason === state.reason) return;
      if (status === "live") {
        for (const key of unconfirmed) remove(key);
        isCurrent = false;
      }
      change({ status, error, reason, isComplete: state.isComplete || status === "live" });
    },
    onReset() {
      byKey.clear();
      unconfirmed.clear();
      removed = 0;
      isCurrent = false;
      change({ isComplete: false });
    },
    onGap({ snapshot }) {
      // A bar from a legacy server may have changed after its last update.
      if (snapshot || isCurrentOnly) for (const key of byKey.keys()) unconfirmed.add(key);
      removed = 0;
      if (!snapshot || route.snapshot !== "all") change({ gaps: state.gaps + 1 });
    },
  });
  const get = () => {
    if (!isCurrent) state = { ...state, items: [...byKey.values()], dataUpdatedAt };
    isCurrent = true;
    return state;
  };
  return { readers, get, stop };
}
