import type { ClientError } from "../errors.js";
import { type ClientRoute, keyOf, type TopicStatus } from "../subscriptions/listener.js";
import type { Shared } from "./client-provider.js";

/** How a topic stands. */
export interface TopicResult {
  /** `skipped` where the hook was given `skip` instead of parameters. */
  readonly status: TopicStatus["state"] | "skipped";
  /** Why the status is `error`; gone as soon as the topic is asked for again. */
  readonly error: ClientError | undefined;
}

/** What is known of a topic. */
export interface Collection<Item> extends TopicResult {
  /**
   * The latest update of each key, in the order in which the keys were first seen; of a route without a key the last updates,
   * oldest first. What has not changed stays the same object.
   *
   * Kept through a lost connection. Where the server then cannot go on from there, its new state takes the place of the old
   * one key by key, and what it no longer has leaves when it is complete: the list is never empty in between.
   */
  readonly items: readonly Item[];
  /**
   * Whether `items` are the topic's whole state, so that none means none and not that they still arrive. Stays true from
   * then on; `status` says whether the state is current. A server of the origin does not tell when its state is complete:
   * there it is true from the confirmation on.
   */
  readonly isComplete: boolean;
  /**
   * How often updates may have been missed that no state makes good: of a log, of bars, and on a server of the origin. A
   * number to depend on: when it changes, load what is missing from elsewhere.
   */
  readonly gaps: number;
}

/** A topic, and what it takes to have it. */
export interface Wanted<Update> extends Shared {
  readonly topic: string;
  readonly route: ClientRoute<object, Update>;
  readonly params: object;
}

/** One topic of one client, while components read it. */
export interface TopicStore<Update> {
  /** Called on each change. */
  readonly readers: Set<() => void>;
  /** What is known: the same object until something changes. */
  readonly get: () => Collection<Update>;
  readonly stop: () => void;
}

export const EMPTY: Collection<never> = { items: [], status: "pending", error: undefined, isComplete: false, gaps: 0 };

/**
 * Subscribes, and folds what comes.
 *
 * @param last how many updates are kept, each for itself; undefined keeps the latest of each key
 * @throws ClientError `no_websocket`
 */
export function topicStore<Update>(
  { client, route, params }: Wanted<Update>,
  last: number | undefined,
): TopicStore<Update> {
  const readers = new Set<() => void>();
  const byKey = new Map<unknown, Update>();
  /** Those of the keys that the state which follows a gap has not confirmed yet. */
  const doubtful = new Set<unknown>();
  let count = 0;
  let state: Collection<Update> = EMPTY;
  let isFolded = true;

  const tell = () => {
    for (const reader of readers) reader();
  };
  const change = (changes: Partial<Collection<Update>>) => {
    state = { ...state, ...changes };
    tell();
  };

  const stop = client.subscribe(route, params, {
    onUpdate(update) {
      const at = last === undefined ? keyOf(route.key, update) : count++;
      byKey.set(at, update);
      doubtful.delete(at);
      if (last !== undefined && byKey.size > last) byKey.delete(byKey.keys().next().value);
      isFolded = false;
      tell();
    },
    onStatus({ state: status, error }) {
      if (status === state.status && error === state.error) return;
      if (status === "live") {
        for (const at of doubtful) byKey.delete(at);
        doubtful.clear();
        isFolded = false;
      }
      change({ status, error, isComplete: state.isComplete || status === "live" });
    },
    onGap({ snapshot }) {
      // Of bars on a server of the origin: one may have gone on after the last that was heard of it.
      if (snapshot || (last === undefined && route.snapshot === "current"))
        for (const at of byKey.keys()) doubtful.add(at);
      if (!snapshot || route.snapshot !== "all") change({ gaps: state.gaps + 1 });
    },
  });
  const get = () => {
    if (!isFolded) state = { ...state, items: [...byKey.values()] };
    isFolded = true;
    return state;
  };
  return { readers, get, stop };
}
