import type { ReportedGap } from "./journal.js";

/** The result of checking a journal: counts with their totals, and a sentence for each violation. */
export class Verdict {
  readonly log = {
    /** Updates that listeners should have received, summed over listeners. */
    due: 0,
    /** Due updates that were not received, but lie in a reported gap. */
    covered: 0,
    /** Due updates that were not received and lie in no reported gap. */
    lost: 0,
    /** Updates that listeners received, due or not. */
    received: 0,
    duplicated: 0,
    reordered: 0,
    /** Updates that were received while the topic was not subscribed: leftovers of an earlier subscription. */
    unsubscribed: 0,
  };
  readonly keyed = {
    /** Updates that listeners received. */
    received: 0,
    /** Updates whose offset is not above the previous one of the same run. */
    descending: 0,
    /** Updates that are the first of a new run, without a reported gap before it. */
    unannounced: 0,
    /** Keys in the servers' final states, summed over the remaining listeners. */
    keys: 0,
    /** Keys that the listener lacks, that have another value, or that only the listener has. */
    wrong: 0,
  };
  /** Gaps that were reported to listeners. */
  gaps = 0;
  /** Gaps within one run that cover nothing, or only updates that the server still kept. */
  needless = 0;
  /** Received updates that match no publication, and events after the listener stopped. */
  unknown = 0;
  /** One sentence for each violation. */
  readonly violations: string[] = [];

  /** Adds the counts and violations of another verdict. */
  add(other: Verdict): void {
    addCounts(this.log, other.log);
    addCounts(this.keyed, other.keyed);
    this.gaps += other.gaps;
    this.needless += other.needless;
    this.unknown += other.unknown;
    this.violations.push(...other.violations);
  }

  /** Counts a needless gap. */
  needlessGap(name: string, { before, after }: ReportedGap): void {
    this.needless += 1;
    this.violations.push(`${name}: a gap from ${before?.offset} to ${after?.offset} of ${after?.epoch} was needless`);
  }

  /** Losses without a reported gap. */
  get silentGaps(): number {
    return this.log.lost + this.keyed.wrong + this.keyed.unannounced;
  }

  /** One line for the log of a test run. */
  get summary(): string {
    const { log, keyed } = this;
    return [
      `log: ${log.due} updates due, ${log.received} received, ${log.covered} in reported gaps, ${log.lost} lost, ` +
        `${log.duplicated} duplicated, ${log.reordered} reordered, ${log.unsubscribed} while unsubscribed`,
      `keyed: ${keyed.received} updates received, ${keyed.descending} not ascending, ${keyed.unannounced} new runs without a gap; ` +
        `${keyed.keys} final values, ${keyed.wrong} wrong`,
      `unknown: ${this.unknown}`,
      `gaps reported: ${this.gaps}, needless: ${this.needless}`,
      `silent gaps: ${this.silentGaps}`,
    ].join("; ");
  }
}

function addCounts<Name extends string>(to: Record<Name, number>, from: Record<Name, number>): void {
  for (const name of Object.keys(to) as Name[]) to[name] += from[name];
}
