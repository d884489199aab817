import { checkKeyed } from "./check-keyed.js";
import { checkLog } from "./check-log.js";
import { Verdict } from "./verdict.js";

/** A place in one run of a topic's source. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** One update, as the server has published it. */
export interface Publication extends Position {
  /** Tells it from every other update of every run. */
  readonly id: string;
  /** What it supersedes others by; of a log it does not matter. */
  readonly key: string;
  /** When, on the journal's own count. */
  readonly at: number;
}

/** What an application was told of an update. */
export interface ToldUpdate {
  readonly id: string;
  /** Undefined where the server numbers nothing. */
  readonly offset?: number | undefined;
}

/** What an application was told of a gap. Without positions it may have lost anything up to then. */
export interface ToldGap {
  /** The whole state follows, and replaces what was known. */
  readonly snapshot: boolean;
  readonly before?: Position | undefined;
  readonly after?: Position | undefined;
}

/**
 * What an application was told of its subscription. Once it is `subscribed` it counts on every update until it stops, however
 * often it is `waiting` meanwhile; with `failed` as the last word it counts on nothing more.
 */
export type ToldStatus = "waiting" | "subscribed" | "failed";

/** One thing that a listener was told, or did, in its place on the journal's own count. */
export type Told = { readonly at: number } & (
  | ({ readonly kind: "update" } & ToldUpdate)
  | ({ readonly kind: "gap" } & ToldGap)
  | { readonly kind: "status"; readonly status: ToldStatus }
  | { readonly kind: "stopped" }
);

/** What a topic promises: every update, or the state of every key. */
export type Promised = "log" | "keyed";

export interface ListenerOptions {
  /**
   * So many of a log's last updates its server keeps: while nothing else is missing, a gap within a run is needless. 0 = it
   * keeps none. @default 0
   */
  readonly keptUpdates?: number;
}

/** What a server has published in one run of a topic. */
export interface RunJournal {
  published(update: Omit<Publication, "epoch" | "at">): void;
}

/** What one listener was told, in the order in which it was told. */
export interface ListenerJournal {
  update(update: ToldUpdate): void;
  gap(gap: ToldGap): void;
  status(status: ToldStatus): void;
  /** From here on nothing is due to it, and nothing may come. */
  stopped(): void;
}

/** Everything of one topic: its runs, and what they have published. */
export interface TopicRecord {
  readonly publications: readonly Publication[];
  /** The last run to begin; undefined before the first. */
  readonly epoch: string | undefined;
}

/** Everything of one listener. */
export interface ListenerRecord {
  /** How it is called where something is wrong with it. */
  readonly name: string;
  readonly keptUpdates: number;
  readonly told: readonly Told[];
}

/**
 * What was published and what applications were told, side by side, and the judgement whether anybody lost anything without
 * being told. It knows nothing of how updates travel: the one side is written where they are published, the other where an
 * application gets them, in one process, so that there is one order of all of it.
 */
export class Journal {
  readonly #topics = new Map<string, { epoch: string | undefined; readonly publications: Publication[] }>();
  readonly #listeners: (ListenerRecord & { readonly topic: string; readonly promised: Promised })[] = [];
  #at = 0;

  /** A run of a topic's source begins, and takes the place of the one before it. */
  run(topic: string, epoch: string): RunJournal {
    const record = this.#topic(topic);
    record.epoch = epoch;
    return {
      published: (update) => record.publications.push({ ...update, epoch, at: this.#next() }),
    };
  }

  /**
   * A listener begins.
   *
   * @param promised what its topic promises. A keyed topic has to keep every key, and to give a newcomer all of them
   */
  listener(topic: string, promised: Promised, { keptUpdates = 0 }: ListenerOptions = {}): ListenerJournal {
    const told: Told[] = [];
    const name = `listener ${this.#listeners.length + 1} of ${topic}`;
    this.#listeners.push({ topic, promised, name, keptUpdates, told });
    return {
      update: (update) => told.push({ kind: "update", ...update, at: this.#next() }),
      gap: (gap) => told.push({ kind: "gap", ...gap, at: this.#next() }),
      status: (status) => told.push({ kind: "status", status, at: this.#next() }),
      stopped: () => told.push({ kind: "stopped", at: this.#next() }),
    };
  }

  /** Judges all of it. Whatever was under way has to have arrived by now. */
  check(): Verdict {
    const verdict = new Verdict();
    for (const { topic, promised, ...listener } of this.#listeners) {
      const stop = listener.told.findIndex(({ kind }) => kind === "stopped");
      for (const { kind } of stop < 0 ? [] : listener.told.slice(stop + 1)) {
        verdict.unknown += 1;
        verdict.violations.push(`${listener.name}: ${kind} was told after it had stopped`);
      }
      const check = promised === "log" ? checkLog : checkKeyed;
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
