import type { ListenerRecord, Publication, TopicRecord } from "./journal.js";
import { known } from "./known.js";
import type { Verdict } from "./verdict.js";

/**
 * A keyed topic: offsets ascend within a run, another run begins with a gap that was told, no other gap is, and what the listener knows in
 * the end is what the last run has published: each key with its last value, and no other key.
 */
export function checkKeyed({ name, told }: ListenerRecord, topic: TopicRecord, verdict: Verdict): void {
  const { keyed } = verdict;
  const published = new Map(topic.publications.map((publication) => [publication.id, publication]));
  const state = new Map<string, string>();
  let previous: Publication | undefined;
  let isStopped = false;
  let isFailed = false;
  let wasSubscribed = false;
  for (const event of told) {
    if (event.kind === "stopped") isStopped = true;
    else if (event.kind === "status") {
      isFailed = event.status === "failed";
      wasSubscribed ||= event.status === "subscribed";
    } else if (event.kind === "gap") {
      verdict.gaps += 1;
      // Of a run that keeps every key, nothing can be missed.
      if (event.before !== undefined && event.before.epoch === event.after?.epoch) verdict.needlessGap(name, event);
      if (event.snapshot) state.clear();
      previous = undefined;
    } else {
      keyed.told += 1;
      const publication = known(event, published.get(event.id), name, verdict);
      if (publication === undefined) continue;
      state.set(publication.key, publication.id);
      if (previous !== undefined && previous.epoch !== publication.epoch) {
        keyed.unannounced += 1;
        verdict.violations.push(`${name}: ${publication.epoch} came after ${previous.epoch}, and no gap between them`);
      } else if (previous !== undefined && publication.offset <= previous.offset) {
        keyed.descending += 1;
        verdict.violations.push(`${name}: ${publication.offset} was told after ${previous.offset}`);
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
    const said = `the listener has ${state.get(key) ?? "nothing"}, the server ${final.get(key) ?? "nothing"}`;
    verdict.violations.push(`${name}: of ${key} ${said}`);
  }
}
