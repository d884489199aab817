import type { ListenerEvent, ListenerRecord, Position, Publication, ReportedGap, TopicRecord } from "./journal.js";
import { known } from "./known.js";
import type { Verdict } from "./verdict.js";

type Event<Kind extends ListenerEvent["kind"]> = Extract<ListenerEvent, { kind: Kind }>;

/**
 * Checks a listener of a log. Each due update must be received exactly once and in order, or be in a gap that was reported at
 * that point of the sequence. Nothing may be received while the topic is not subscribed.
 */
export function checkLog(
  { name, keptUpdates, events }: ListenerRecord,
  { publications }: TopicRecord,
  verdict: Verdict,
): void {
  const { log } = verdict;
  const places = new Map(publications.map(({ id }, place) => [id, place]));
  /** When each publication was first received, by its index. */
  const receivedAt = new Map<number, number>();
  let last = -1;
  let isSubscribed = false;
  for (const update of events) {
    if (update.kind === "status") isSubscribed = update.status === "subscribed";
    if (update.kind !== "update") continue;
    log.received += 1;
    if (!isSubscribed) {
      log.unsubscribed += 1;
      verdict.violations.push(`${name}: ${update.id} was received while the topic was not subscribed`);
    }
    const publication = known(update, publications[places.get(update.id) ?? -1], name, verdict);
    if (publication === undefined) continue;
    const place = places.get(publication.id) as number;
    if (receivedAt.has(place)) {
      log.duplicated += 1;
      verdict.violations.push(`${name}: ${at(publication)} was received twice`);
    } else if (place < last) {
      log.reordered += 1;
      verdict.violations.push(
        `${name}: ${at(publication)} was received after ${at(publications[last] as Publication)}`,
      );
    }
    if (!receivedAt.has(place)) receivedAt.set(place, update.at);
    last = Math.max(last, place);
  }

  const gaps = events.filter((event): event is Event<"gap"> => event.kind === "gap");
  verdict.gaps += gaps.length;
  const isDue = dueOf(events, last);
  for (const [place, publication] of publications.entries()) {
    if (!isDue(publication, place)) continue;
    log.due += 1;
    if (receivedAt.has(place)) continue;
    if (gaps.some((gap) => covers(gap, publication) && isBetween(gap.at, place, receivedAt, publications.length))) {
      log.covered += 1;
      continue;
    }
    log.lost += 1;
    verdict.violations.push(`${name}: ${at(publication)} was never received and is in no reported gap`);
  }
  for (const gap of gaps) if (isNeedless(gap, keptUpdates, publications)) verdict.needlessGap(name, gap);
}

/**
 * Returns a predicate for the publications that a listener must receive. They begin with its first `subscribed` status. A
 * listener that stopped or finally failed did not wait for updates in transit: only publications before the last one that it
 * received are due.
 */
function dueOf(events: readonly ListenerEvent[], last: number): (publication: Publication, place: number) => boolean {
  const statuses = events.filter((event): event is Event<"status"> => event.kind === "status");
  const from = statuses.find(({ status }) => status === "subscribed")?.at ?? Number.POSITIVE_INFINITY;
  const hasEnded = statuses.at(-1)?.status === "failed" || events.some(({ kind }) => kind === "stopped");
  return ({ at }, place) => at > from && (!hasEnded || place <= last);
}

/** Whether a gap covers a publication: it was published before the gap was reported, and lies between the gap's positions. */
function covers({ before, after, at }: ReportedGap & { readonly at: number }, publication: Publication): boolean {
  if (publication.at > at) return false;
  if (before?.epoch === publication.epoch && publication.offset <= before.offset) return false;
  return after?.epoch !== publication.epoch || publication.offset <= after.offset;
}

/** Whether a gap within one run was avoidable: nothing was missed, or the server still kept every missed update. */
function isNeedless({ before, after, at }: Event<"gap">, keptUpdates: number, publications: readonly Publication[]) {
  if (before === undefined || before.epoch !== after?.epoch) return false;
  const missed = publications.filter(
    ({ epoch, offset, at: publishedAt }) => epoch === before.epoch && offset > before.offset && publishedAt < at,
  );
  return missed.length <= keptUpdates || missed.every(({ offset }) => offset > after.offset);
}

/** Whether a moment is after the nearest earlier publication was received and before the nearest later one was. */
function isBetween(moment: number, place: number, receivedAt: ReadonlyMap<number, number>, count: number): boolean {
  const nearest = (step: 1 | -1) => {
    let other = place + step;
    while (other >= 0 && other < count && !receivedAt.has(other)) other += step;
    return receivedAt.get(other);
  };
  return (nearest(-1) ?? 0) < moment && moment < (nearest(1) ?? Number.POSITIVE_INFINITY);
}

function at({ id, epoch, offset }: Position & { readonly id: string }): string {
  return `update ${id} (${offset} of ${epoch})`;
}
