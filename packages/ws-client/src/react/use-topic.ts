import { useMemo, useRef, useSyncExternalStore } from "react";
import { type ClientRoute, PENDING, type TopicListener } from "../subscriptions/listener.js";
import type { Collection, TopicResult } from "./topic-store.js";
import { type Flush, nothing, type Skip, useCommit, useSource, useWanted } from "./use-topic-store.js";

/** How a topic stands, and its latest update; kept through a lost connection, until a newer one arrives. */
export interface TopicValue<Value> extends TopicResult {
  readonly value: Value | undefined;
}

export interface TopicOptions<Update, Value = Update> {
  /** What the component needs of an update. @default the whole update */
  readonly select?: (update: Update) => Value;
  /** Whether two values look alike, so that nothing has to be rendered. @default Object.is */
  readonly isEqual?: (one: Value, other: Value) => boolean;
  /** When updates are rendered. @default "frame" */
  readonly flush?: Flush;
}

/**
 * Subscribes to a topic while the component is mounted, and renders its latest update. Any number of components share one
 * subscription. Of several updates within a frame, the last is rendered; where every update counts use `useTopicEvents`,
 * where a topic holds many keys `useCollection`.
 *
 * The parameters may be a new object each time: what counts is the topic they make.
 *
 * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
 */
export function useTopic<Params extends object, Update, Value = Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  { select, isEqual = Object.is, flush }: TopicOptions<Update, Value> = {},
): TopicValue<Value> {
  const [subscribe, get, getServer] = useSource(route, params, 1, flush);
  const shown = useRef<TopicValue<Value> | undefined>(undefined);
  const reader = (read: () => Collection<Update>) => {
    let of: Collection<Update> | undefined;
    let result: TopicValue<Value>;
    return () => {
      const state = read();
      if (state === of) return result;
      const { items, status, error } = state;
      const [update] = items;
      const value = update !== undefined && select ? select(update) : (update as Value | undefined);
      const { current } = shown;
      const isShown =
        status === current?.status &&
        error === current.error &&
        (value === undefined || current.value === undefined ? value === current.value : isEqual(current.value, value));
      of = state;
      result = isShown ? current : { value, status, error };
      return result;
    };
  };
  const result = useSyncExternalStore(subscribe, reader(get), reader(getServer));
  useCommit(shown, result);
  return result;
}

/** What a component hears of a topic beside its updates. */
export type TopicEventsOptions = Pick<TopicListener<never>, "onGap">;

/**
 * Subscribes to a topic while the component is mounted, and calls `onUpdate` for each update, as it comes and without
 * rendering. What is known already is handed over at once. Renders when the status changes.
 *
 * The callbacks may be new ones each time: those of the latest render are called.
 *
 * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
 */
export function useTopicEvents<Params extends object, Update>(
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params> | Skip,
  onUpdate: NonNullable<TopicListener<Update>["onUpdate"]>,
  { onGap }: TopicEventsOptions = {},
): TopicResult {
  const wanted = useWanted(route, params);
  const latest = useRef({ onUpdate, onGap });
  useCommit(latest, { onUpdate, onGap });
  const hearsGaps = onGap !== undefined;
  const source = useMemo(() => {
    let status = PENDING;
    const subscribe = (changed: () => void) =>
      wanted?.client.subscribe(wanted.route, wanted.params, {
        onUpdate: (update, meta) => latest.current.onUpdate(update, meta),
        onStatus: (now) => {
          status = now;
          changed();
        },
        // Only where it is listened to: the client reports a gap that nobody hears of.
        ...(hearsGaps && { onGap: (gap) => latest.current.onGap?.(gap) }),
      }) ?? nothing;
    return [subscribe, () => status, () => PENDING] as const;
  }, [wanted, hearsGaps]);
  const { state, error } = useSyncExternalStore(...source);
  return { status: wanted ? state : "skipped", error };
}
