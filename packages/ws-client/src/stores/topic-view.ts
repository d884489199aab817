import type { Client } from "../client.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import { createFrameScheduler, type FrameScheduler } from "./frame-scheduler.js";
import { type Flush, type SharedStore, sharedStoreArguments } from "./shared-store.js";
import type { TopicResult } from "./store.js";
import { type Collection, EMPTY, topicStore } from "./topic-store.js";

/** The status and the latest value of a topic. The value is kept while the connection is lost. */
export interface TopicValue<Value> extends TopicResult {
  readonly value: Value | undefined;
}

/** The part of an update that a component uses. */
export interface ValueOptions<Update, Value> {
  /** Returns the part of an update that the component uses. @default the whole update */
  readonly select?: ((update: Update) => Value) | undefined;
  /** Compares two values; equal values cause no render. @default Object.is */
  readonly isEqual?: ((one: Value, other: Value) => boolean) | undefined;
}

/** The part of a list that a component uses. */
export interface SelectOptions<All, Selected> {
  /** Returns the part of the list that the component uses, for instance the working orders. @default the whole list */
  readonly select?: ((items: All) => Selected) | undefined;
  /**
   * Compares two selected values; equal ones cause no render. @default whether they are the same, or lists of the same items
   */
  readonly isEqual?: ((one: Selected, other: Selected) => boolean) | undefined;
}

/** The options of a list of updates. */
export interface ItemsOptions<Item, Items> extends SelectOptions<readonly Item[], Items> {
  /**
   * Maximum number of items on a route whose snapshot does not have all of them: of updates without a key, of bars. 0 keeps
   * none. @default 1000
   */
  readonly last?: number | undefined;
}

/**
 * Builds what a component renders from the state of a topic: a function that builds a result, and one that compares two results that
 * have the same status. A tuple, because bundlers shorten no names of members.
 */
export type TopicView<Update, Result> = readonly [
  build: (state: Collection<Update>) => Result,
  isUnchanged: (before: Result, result: Result) => boolean,
];

/** The state of a topic without parameters. */
export const SKIPPED: Collection<never> = { ...EMPTY, status: "skipped" };

/** Returns the view of the latest update. */
export function valueView<Update, Value>({
  select,
  isEqual = Object.is,
}: ValueOptions<Update, Value>): TopicView<Update, TopicValue<Value>> {
  return [
    ({ items: [update], status, error, reason, dataUpdatedAt }) => ({
      value: update !== undefined && select ? select(update) : (update as Value | undefined),
      status,
      error,
      reason,
      dataUpdatedAt,
    }),
    (one, other) => isSameValue(one.value, other.value, isEqual),
  ];
}

/** Returns the view of a list of updates. */
export function itemsView<Update, Items>({
  select,
  isEqual = isSameList,
}: ItemsOptions<Update, Items>): TopicView<Update, Collection<Update, Items>> {
  return [
    (state) => ({ ...state, items: select ? select(state.items) : (state.items as Items) }),
    (one, other) => one.isComplete === other.isComplete && one.gaps === other.gaps && isEqual(one.items, other.items),
  ];
}

/** Returns the maximum number of items of a list, as `topicStore` takes it. */
export function lastOf(
  { snapshot }: Pick<ClientRoute<never, unknown>, "snapshot">,
  { last = 1000 }: { readonly last?: number | undefined },
): number {
  return snapshot === "all" ? 1 / 0 : last;
}

/** Compares two values of which each can be missing. */
export function isSameValue<Value>(
  one: Value | undefined,
  other: Value | undefined,
  isEqual: (one: Value, other: Value) => boolean,
): boolean {
  return one === undefined || other === undefined ? one === other : isEqual(one, other);
}

/** Returns whether two values are the same, or lists of the same items. */
export function isSameList(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other);
  return one.length === other.length && one.every((item, index) => Object.is(item, other[index]));
}

/** Returns whether two results have the same status, with the same error and reason. */
export function hasSameStatus(one: TopicResult, other: TopicResult): boolean {
  return one.status === other.status && one.error === other.error && one.reason === other.reason;
}

/** The frames and stores that all adapters share, so that components with the same topic share one store. */
interface Shared {
  readonly frames: FrameScheduler;
  readonly stores: Map<string, SharedStore<unknown>>;
}

const sharedOf = /* @__PURE__ */ new WeakMap<Client, Shared>();

/** Reads a topic for an adapter to a framework. */
export interface TopicReader<Result> {
  /** Subscribes to the topic until the returned function is called. `onChange` is called when `read` returns another result. */
  readonly subscribe: (onChange: () => void) => () => void;
  /** Returns the current result: the same object while nothing that the view shows has changed. */
  readonly read: () => Result;
}

/**
 * Returns the reader of a topic. Creating it has no side effects.
 *
 * @param params null subscribes to nothing
 * @param last as in `topicStore`
 */
export function topicReader<Params extends object, Update, Result extends TopicResult>(
  client: Client,
  route: ClientRoute<Params, Update>,
  params: Params | null,
  last: number | undefined,
  [build, isUnchanged]: TopicView<Update, Result>,
  flush: Flush | undefined,
): TopicReader<Result> {
  const shared: Shared = sharedOf.get(client) ?? { frames: createFrameScheduler(), stores: new Map() };
  sharedOf.set(client, shared);
  const [subscribe, get] = sharedStoreArguments<Collection<Update>>(
    params === null
      ? undefined
      : {
          ...shared,
          id: `${last} ${route.buildTopic(params)}`,
          create: (initial: Collection<Update>) =>
            topicStore({ client, route: route as ClientRoute<object, Update>, params }, last, initial),
          initial: () => EMPTY as Collection<Update>,
        },
    SKIPPED,
    flush,
  );
  let state: Collection<Update> | undefined;
  let result: Result | undefined;
  const read = () => {
    const next = get();
    if (result === undefined || next !== state) {
      const built = build(next);
      state = next;
      if (result === undefined || !hasSameStatus(result, built) || !isUnchanged(result, built)) result = built;
    }
    return result;
  };
  return {
    subscribe: (onChange) =>
      subscribe(() => {
        const before = result;
        if (read() !== before) onChange();
      }),
    read,
  };
}
