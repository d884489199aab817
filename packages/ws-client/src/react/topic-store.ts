import type { Client } from "../client.js";
import type { ClientError } from "../errors.js";
import { type ClientRoute, keyOf, type TopicStatus } from "../subscriptions/listener.js";

/** The status of a topic. */
export interface TopicResult {
  /** `skipped` if the hook received `skip` instead of parameters. */
  readonly status: TopicStatus["state"] | "skipped";
  /** The reason for the status `error`; undefined again once the client retries. */
  readonly error: ClientError | undefined;
}

/** The current state of a topic. */
export interface Collection<Item> extends TopicResult {
  /**
   * The latest update of each key, in order of first arrival. For a route without a key, the last updates, oldest first.
   * Unchanged items keep their identity.
   *
   * The list is kept while the connection is lost. If the server cannot resume, its snapshot replaces the items one by one,
   * and keys that the snapshot does not have are removed when it is complete. The list is never empty in between.
   */
  readonly items: readonly Item[];
  /**
   * Whether the first snapshot is complete: then an empty list means that there are no items. Stays true afterwards; check
   * `status` for whether the items are current. A legacy server does not report the end of a snapshot, so there it is true
   * from the confirmation on.
   */
  readonly isComplete: boolean;
  /**
   * Number of gaps in which updates were missed that no snapshot restores: on a log, on bars, and on a legacy server. Use it
   * as a dependency of an effect that loads the missing updates from another source.
   */
  readonly gaps: number;
}

/** The arguments of a subscription. */
export interface SubscribeArguments<Update> {
  readonly client: Client;
  readonly route: ClientRoute<object, Update>;
  readonly params: object;
}

/** The state of one topic, while components read it. */
export interface TopicStore<Update> {
  /** Called on each change. */
  readonly readers: Set<() => void>;
  /** Returns the current state: the same object until something changes. */
  readonly get: () => Collection<Update>;
  readonly stop: () => void;
}

export const EMPTY: Collection<never> = { items: [], status: "pending", error: undefined, isComplete: false, gaps: 0 };

/**
 * Subscribes to a topic and collects its updates.
 *
 * @param last number of updates to keep; undefined keeps the latest update of each key
 * @throws ClientError `no_websocket`
 */
export function topicStore<Update>(
  { client, route, params }: SubscribeArguments<Update>,
  last: number | undefined,
): TopicStore<Update> {
  const readers = new Set<() => void>();
  const byKey = new Map<unknown, Update>();
  /** Keys from before a gap that the snapshot after it has not confirmed yet. */
  const unconfirmed = new Set<unknown>();
  let count = 0;
  let state: Collection<Update> = EMPTY;
  let isCurrent = true;

  const notify = () => {
    for (const reader of readers) reader();
  };
  const change = (changes: Partial<Collection<Update>>) => {
    state = { ...state, ...changes };
    notify();
  };

  const stop = client.subscribe(route, params, {
    onUpdate(update) {
      const key = last === undefined ? keyOf(route.key, update) : count++;
      byKey.set(key, update);
      unconfirmed.delete(key);
      if (last !== undefined && byKey.size > last) byKey.delete(byKey.keys().next().value);
      isCurrent = false;
      notify();
    },
    onStatus({ state: status, error }) {
      if (status === state.status && error === state.error) return;
      if (status === "live") {
        for (const key of unconfirmed) byKey.delete(key);
        unconfirmed.clear();
        isCurrent = false;
      }
      change({ status, error, isComplete: state.isComplete || status === "live" });
    },
    onReset() {
      byKey.clear();
      unconfirmed.clear();
      isCurrent = false;
      change({ isComplete: false });
    },
    onGap({ snapshot }) {
      // A bar from a legacy server may have changed after its last update.
      if (snapshot || (last === undefined && route.snapshot === "current"))
        for (const key of byKey.keys()) unconfirmed.add(key);
      if (!snapshot || route.snapshot !== "all") change({ gaps: state.gaps + 1 });
    },
  });
  const get = () => {
    if (!isCurrent) state = { ...state, items: [...byKey.values()] };
    isCurrent = true;
    return state;
  };
  return { readers, get, stop };
}
