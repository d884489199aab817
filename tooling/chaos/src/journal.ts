import { checkKeyed } from "./check-keyed.js";
import { checkLog } from "./check-log.js";
import { Verdict } from "./verdict.js";

/** A position in one run of a topic's source. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** One update, as the server published it. */
export interface Publication extends Position {
  /** The identifier, unique across all runs. */
  readonly id: string;
  /** The key of a keyed topic: an update supersedes earlier ones with the same key. Ignored for a log. */
  readonly key: string;
  /** The sequence number in the journal. */
  readonly at: number;
}

/** An update, as an application received it. */
export interface ReceivedUpdate {
  readonly id: string;
  /** Undefined if the server does not number updates. */
  readonly offset?: number | undefined;
}

/** A gap, as it was reported to an application. Without positions, any earlier update may have been missed. */
export interface ReportedGap {
  /** Whether the complete state follows and replaces the previous one. */
  readonly snapshot: boolean;
  readonly before?: Position | undefined;
  readonly after?: Position | undefined;
}

/**
 * The status of a subscription, as it was reported to an application. Every update is due from the first `subscribed` until
 * the listener stops, including periods of `waiting`. If the last status is `failed`, nothing after it is due.
 */
export type ListenerStatus = "waiting" | "subscribed" | "failed";

/** One event of a listener, with its sequence number in the journal. */
export type ListenerEvent = { readonly at: number } & (
  | ({ readonly kind: "update" } & ReceivedUpdate)
  | ({ readonly kind: "gap" } & ReportedGap)
  | { readonly kind: "status"; readonly status: ListenerStatus }
  | { readonly kind: "stopped" }
);

/** The kind of a topic: a log delivers every update, a keyed topic the latest value of every key. */
export type TopicKind = "log" | "keyed";

export interface ListenerOptions {
  /**
   * Number of a log's last updates that the server keeps. A gap within a run is needless if it covers only kept updates.
   * 0 = none. @default 0
   */
  readonly keptUpdates?: number;
}

/** Records the publications of one run of a topic. */
export interface RunJournal {
  published(update: Omit<Publication, "epoch" | "at">): void;
}

/** Records the events of one listener, in order. */
export interface ListenerJournal {
  update(update: ReceivedUpdate): void;
  gap(gap: ReportedGap): void;
  status(status: ListenerStatus): void;
  /** Records that the listener stopped: nothing further is due, and nothing further may arrive. */
  stopped(): void;
}

/** All publications of one topic. */
export interface TopicRecord {
  readonly publications: readonly Publication[];
  /** The latest run; undefined before the first. */
  readonly epoch: string | undefined;
}

/** All events of one listener. */
export interface ListenerRecord {
  /** The name that violations use. */
  readonly name: string;
  readonly keptUpdates: number;
  readonly events: readonly ListenerEvent[];
}

/**
 * Records what a server published and what applications received, and checks that no listener lost an update without a
 * reported gap. It is independent of the transport: the server side writes at the point of publication, the application side
 * at the point of receipt. Both run in one process, which gives all entries one total order.
 */
export class Journal {
  readonly #topics = new Map<string, { epoch: string | undefined; readonly publications: Publication[] }>();
  readonly #listeners: (ListenerRecord & { readonly topic: string; readonly kind: TopicKind })[] = [];
  #at = 0;

  /** Starts a run of a topic's source, which replaces the previous one. */
  run(topic: string, epoch: string): RunJournal {
    const record = this.#topic(topic);
    record.epoch = epoch;
    return {
      published: (update) => record.publications.push({ ...update, epoch, at: this.#next() }),
    };
  }

  /**
   * Adds a listener.
   *
   * @param kind of the topic. A keyed topic must keep every key, and must send all of them to a new subscriber
   */
  listener(topic: string, kind: TopicKind, { keptUpdates = 0 }: ListenerOptions = {}): ListenerJournal {
    const events: ListenerEvent[] = [];
    const name = `listener ${this.#listeners.length + 1} of ${topic}`;
    this.#listeners.push({ topic, kind, name, keptUpdates, events });
    return {
      update: (update) => events.push({ kind: "update", ...update, at: this.#next() }),
      gap: (gap) => events.push({ kind: "gap", ...gap, at: this.#next() }),
      status: (status) => events.push({ kind: "status", status, at: this.#next() }),
      stopped: () => events.push({ kind: "stopped", at: this.#next() }),
    };
  }

  /** Checks every listener. Call it only when all updates in transit have arrived. */
  check(): Verdict {
    const verdict = new Verdict();
    for (const { topic, kind, ...listener } of this.#listeners) {
      const stop = listener.events.findIndex(({ kind }) => kind === "stopped");
      for (const { kind } of stop < 0 ? [] : listener.events.slice(stop + 1)) {
        verdict.unknown += 1;
        verdict.violations.push(`${listener.name}: ${kind} was received after it had stopped`);
      }
      const check = kind === "log" ? checkLog : checkKeyed;
      check(listener, this.#topic(topic), verdict);
    }
    return verdict;
  }

  #next(): number {
    this.#at += 1;
    return this.#at;
  }

  #topic(topic: string) {
    let record = this.#topics.get(topic);
    if (record === undefined) {
      record = { epoch: undefined, publications: [] };
      this.#topics.set(topic, record);
    }
    return record;
  }
}
