import { useEffect, useInsertionEffect, useRef, useState } from "react";
import type { Client } from "../client.js";
import { type ClientRoute, PENDING, type TopicListener, type TopicStatus } from "../listener.js";
import { useClient } from "./client-provider.js";
import type { TopicResult } from "./topic-store.js";
import { type Skip, useWanted } from "./use-source.js";

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
  const client = useClient();
  const wanted = useWanted(route, params);
  const latest = useRef({ onUpdate, onGap });
  // Before any effect of this commit, so that no update meets the callback of an earlier render.
  useInsertionEffect(() => {
    latest.current = { onUpdate, onGap };
  });
  const [heard, setHeard] = useState<Heard>();
  // What was heard of another topic says nothing of this one.
  const statusIn = (heard: Heard | undefined) =>
    heard?.client === client && heard.wanted === wanted ? heard.status : PENDING;
  const hearsGaps = onGap !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: statusIn depends on the same
  useEffect(() => {
    if (wanted === undefined) return;
    return client.subscribe(wanted.route, wanted.params, {
      onUpdate: (update, meta) => latest.current.onUpdate(update, meta),
      onStatus: (status) => setHeard((before) => (statusIn(before) === status ? before : { client, wanted, status })),
      // Only where it is listened to: the client reports a gap that nobody hears of.
      ...(hearsGaps && { onGap: (gap) => latest.current.onGap?.(gap) }),
    });
  }, [client, wanted, hearsGaps]);
  const { state, error } = statusIn(heard);
  return { status: wanted ? state : "skipped", error };
}

/** The status of a topic, and whose it is. */
interface Heard {
  readonly client: Client;
  readonly wanted: unknown;
  readonly status: TopicStatus;
}
