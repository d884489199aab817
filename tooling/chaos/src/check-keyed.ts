import type { ListenerRecord, Publication, TopicRecord } from "./journal.js";
import { known } from "./known.js";
import type { Verdict } from "./verdict.js";

/**
 * Checks a listener of a keyed topic. Offsets must ascend within a run. A new run must begin with a reported gap, and no other
 * gap is allowed. The listener's final state must equal the last run's: each key with its last value, and no other key.
 */
export function checkKeyed({ name, events }: ListenerRecord, topic: TopicRecord, verdict: Verdict): void {
  const { keyed } = verdict;
  const published = new Map(topic.publications.map((publication) => [publication.id, publication]));
  const state = new Map<string, string>();
  let previous: Publication | undefined;
  let isStopped = false;
  let isFailed = false;
  let wasSubscribed = false;
  for (const event of events) {
    if (event.kind === "stopped") isStopped = true;
    else if (event.kind === "status") {
      isFailed = event.status === "failed";
      wasSubscribed ||= event.status === "subscribed";
    } else if (event.kind === "gap") {
      verdict.gaps += 1;
      // A keyed topic keeps every key, so a listener cannot miss anything within a run.
      if (event.before !== undefined && event.before.epoch === event.after?.epoch) verdict.needlessGap(name, event);
      if (event.snapshot) state.clear();
      previous = undefined;
    } else {
      keyed.received += 1;
      const publication = known(event, published.get(event.id), name, verdict);
      if (publication === undefined) continue;
      state.set(publication.key, publication.id);
      if (previous !== undefined && previous.epoch !== publication.epoch) {
        keyed.unannounced += 1;
        verdict.violations.push(
          `${name}: ${publication.epoch} came after ${previous.epoch} without a gap between them`,
        );
      } else if (previous !== undefined && publication.offset <= previous.offset) {
        keyed.descending += 1;
        verdict.violations.push(`${name}: ${publication.offset} was received after ${previous.offset}`);
      }
      previous = publication;
    }
  }
  if (isStopped || isFailed || !wasSubscribed) return;

  const final = new Map<string, string>();
  for (const { epoch, key, id } of topic.publications) if (epoch === topic.epoch) final.set(key, id);
  keyed.keys += final.size;
  for (const key of new Set([...final.keys(), ...state.keys()])) {
    if (final.get(key) === state.get(key)) continue;
    keyed.wrong += 1;
    const difference = `the listener has ${state.get(key) ?? "nothing"}, the server ${final.get(key) ?? "nothing"}`;
    verdict.violations.push(`${name}: key ${key}: ${difference}`);
  }
}
