import type { ClientRoute } from "../listener.js";
import type { TopicResult } from "./topic-store.js";
import { type Flush, type Skip, useSelected, useSource } from "./use-source.js";

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
  const source = useSource(route, params, LATEST, flush);
  return useSelected<Update, TopicValue<Value>>(
    source,
    ({ items: [update], status, error }) => {
      const value = update === undefined || !select ? (update as Value | undefined) : select(update);
      return { value, status, error };
    },
    (one, other) =>
      one.status === other.status &&
      one.error === other.error &&
      (one.value === other.value ||
        (one.value !== undefined && other.value !== undefined && isEqual(one.value, other.value))),
  );
}

const LATEST = { key: undefined, last: 1 };
