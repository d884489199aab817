import type { ListenerRecord, Position, Publication, Told, ToldGap, TopicRecord } from "./journal.js";
import { known } from "./known.js";
import type { Verdict } from "./verdict.js";

type Event<Kind extends Told["kind"]> = Extract<Told, { kind: Kind }>;

/**
 * A log: each update that is due is told exactly once, in order, or lies in a gap that is told in its place; and nothing is
 * told but of what is subscribed.
 */
export function checkLog(
  { name, keptUpdates, told }: ListenerRecord,
  { publications }: TopicRecord,
  verdict: Verdict,
): void {
  const { log } = verdict;
  const places = new Map(publications.map(({ id }, place) => [id, place]));
  /** By place of the publication: when it was told first. */
  const toldAt = new Map<number, number>();
  let last = -1;
  let isSubscribed = false;
  for (const update of told) {
    if (update.kind === "status") isSubscribed = update.status === "subscribed";
    if (update.kind !== "update") continue;
    log.told += 1;
    if (!isSubscribed) {
      log.unasked += 1;
      verdict.violations.push(`${name}: ${update.id} was told while nothing was subscribed`);
    }
    const publication = known(update, publications[places.get(update.id) ?? -1], name, verdict);
    if (publication === undefined) continue;
    const place = places.get(publication.id) as number;
    if (toldAt.has(place)) {
      log.duplicated += 1;
      verdict.violations.push(`${name}: ${at(publication)} was told twice`);
    } else if (place < last) {
      log.reordered += 1;
      verdict.violations.push(`${name}: ${at(publication)} was told after ${at(publications[last] as Publication)}`);
    }
    if (!toldAt.has(place)) toldAt.set(place, update.at);
    last = Math.max(last, place);
  }

  const gaps = told.filter((event): event is Event<"gap"> => event.kind === "gap");
  verdict.gaps += gaps.length;
  const isDue = dueOf(told, last);
  for (const [place, publication] of publications.entries()) {
    if (!isDue(publication, place)) continue;
    log.due += 1;
    if (toldAt.has(place)) continue;
    if (gaps.some((gap) => covers(gap, publication) && isBetween(gap.at, place, toldAt, publications.length))) {
      log.covered += 1;
      continue;
    }
    log.lost += 1;
    verdict.violations.push(`${name}: ${at(publication)} was never told, and lies in no gap`);
  }
  for (const gap of gaps) if (isNeedless(gap, keptUpdates, publications)) verdict.needlessGap(name, gap);
}

/**
 * From being told that it is subscribed a listener counts on what is published. One that has stopped, or has failed for good,
 * did not wait for what was under way then: only what comes before the last that it was told is due.
 */
function dueOf(told: readonly Told[], last: number): (publication: Publication, place: number) => boolean {
  const statuses = told.filter((event): event is Event<"status"> => event.kind === "status");
  const from = statuses.find(({ status }) => status === "subscribed")?.at ?? Number.POSITIVE_INFINITY;
  const isOver = statuses.at(-1)?.status === "failed" || told.some(({ kind }) => kind === "stopped");
  return ({ at }, place) => at > from && (!isOver || place <= last);
}

/** Whether a gap can mean a publication: one of before it, between the positions that it names. */
function covers({ before, after, at }: ToldGap & { readonly at: number }, publication: Publication): boolean {
  if (publication.at > at) return false;
  if (before?.epoch === publication.epoch && publication.offset <= before.offset) return false;
  return after?.epoch !== publication.epoch || publication.offset <= after.offset;
}

/** Whether nothing was missed in one run, or nothing but what its server still had. */
function isNeedless({ before, after, at }: Event<"gap">, keptUpdates: number, publications: readonly Publication[]) {
  if (before === undefined || before.epoch !== after?.epoch) return false;
  const missed = publications.filter(
    ({ epoch, offset, at: publishedAt }) => epoch === before.epoch && offset > before.offset && publishedAt < at,
  );
  return missed.length <= keptUpdates || missed.every(({ offset }) => offset > after.offset);
}

/** Whether a moment lies after what was told of before a place, and before what was told of after it. */
function isBetween(moment: number, place: number, toldAt: ReadonlyMap<number, number>, count: number): boolean {
  const nearest = (step: 1 | -1) => {
    let other = place + step;
    while (other >= 0 && other < count && !toldAt.has(other)) other += step;
    return toldAt.get(other);
  };
  return (nearest(-1) ?? 0) < moment && moment < (nearest(1) ?? Number.POSITIVE_INFINITY);
}

function at({ id, epoch, offset }: Position & { readonly id: string }): string {
  return `update ${id} (${offset} of ${epoch})`;
}
