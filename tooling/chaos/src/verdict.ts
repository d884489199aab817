import type { ToldGap } from "./journal.js";

/** What a journal comes to: every count with what it is out of, and each violation in words. */
export class Verdict {
  readonly log = {
    /** Updates that were published while a listener counted on them, summed over listeners. */
    due: 0,
    /** Of these: never told, but in a gap that was. */
    covered: 0,
    /** Of these: never told, and in no gap. */
    lost: 0,
    /** Updates that a listener was told, due or not. */
    told: 0,
    duplicated: 0,
    reordered: 0,
    /** Updates that were told while the topic was not subscribed: of an earlier hold. */
    unasked: 0,
  };
  readonly keyed = {
    /** Updates that a listener was told. */
    told: 0,
    /** Of these: not past the one before it in the same run. */
    descending: 0,
    /** Of these: the first of another run, without a gap before it. */
    unannounced: 0,
    /** Keys of the servers' final states, summed over the listeners that were left. */
    keys: 0,
    /** Of these: missing or with another value; and those that the listener has and the server has not. */
    wrong: 0,
  };
  /** Gaps that listeners were told of. */
  gaps = 0;
  /** Of these: within one run, although nothing lay in them, or nothing but what the server still kept. */
  needless = 0;
  /** Updates that nobody has published so, and whatever a listener was told after it had stopped. */
  unknown = 0;
  /** What is wrong, one sentence each. */
  readonly violations: string[] = [];

  /** Takes in another verdict. */
  add(other: Verdict): void {
    addCounts(this.log, other.log);
    addCounts(this.keyed, other.keyed);
    this.gaps += other.gaps;
    this.needless += other.needless;
    this.unknown += other.unknown;
    this.violations.push(...other.violations);
  }

  /** Counts a gap that should not have been. */
  needlessGap(name: string, { before, after }: ToldGap): void {
    this.needless += 1;
    this.violations.push(`${name}: a gap from ${before?.offset} to ${after?.offset} of ${after?.epoch} was needless`);
  }

  /** Losses that nobody was told of. */
  get silentGaps(): number {
    return this.log.lost + this.keyed.wrong + this.keyed.unannounced;
  }

  /** One line, for people. */
  get summary(): string {
    const { log, keyed } = this;
    return [
      `log: ${log.due} updates due, ${log.told} told, ${log.covered} in announced gaps, ${log.lost} lost, ` +
        `${log.duplicated} duplicated, ${log.reordered} reordered, ${log.unasked} unasked`,
      `keyed: ${keyed.told} updates told, ${keyed.descending} not ascending, ${keyed.unannounced} of a new run unannounced; ` +
        `${keyed.keys} final values, ${keyed.wrong} wrong`,
      `unknown: ${this.unknown}`,
      `gaps announced: ${this.gaps}, needless: ${this.needless}`,
      `silent gaps: ${this.silentGaps}`,
    ].join("; ");
  }
}

function addCounts<Name extends string>(to: Record<Name, number>, from: Record<Name, number>): void {
  for (const name of Object.keys(to) as Name[]) to[name] += from[name];
}
