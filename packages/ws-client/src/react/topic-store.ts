import type { Client } from "../client.js";
import type { ClientError } from "../errors.js";
import { type ClientRoute, type Gap, keyOf, PENDING, type TopicStatus } from "../listener.js";

/** How a topic stands. */
export interface TopicResult {
  /** `skipped` where the hook was given `skip` instead of parameters. */
  readonly status: TopicStatus["state"] | "skipped";
  /** Why the status is `error`; gone as soon as the topic is asked for again. */
  readonly error: ClientError | undefined;
}

/** What is known of a topic. */
export interface Collection<Item> extends TopicResult {
  /**
   * The latest update of each key, in the order in which the keys were first seen; of a route without a key the last updates,
   * oldest first. What has not changed stays the same object.
   *
   * Kept through a lost connection. Where the server then cannot go on from there, its new state takes the place of the old
   * one key by key, and what it no longer has leaves when it is complete: the list is never empty in between.
   */
  readonly items: readonly Item[];
  /**
   * Whether `items` are the topic's whole state, so that none means none and not that they still arrive. Stays true from
   * then on; `status` says whether the state is current. A server of the origin does not tell when its state is complete:
   * there it is true from the confirmation on.
   */
  readonly isComplete: boolean;
  /**
   * How often updates may have been missed that no state makes good: of a log, of bars, and on a server of the origin. A
   * number to depend on: when it changes, load what is missing from elsewhere.
   */
  readonly gaps: number;
}

/** A topic and how to ask for it. */
export interface Wanted<Update> {
  readonly topic: string;
  readonly route: ClientRoute<object, Update>;
  readonly params: object;
}

/** What of its updates is kept. */
export interface Fold {
  /** By what an update supersedes another; undefined where each one counts. */
  readonly key: string | undefined;
  /** How many are kept, the newest. */
  readonly last: number;
}

export const EMPTY: Collection<never> = { items: [], status: "pending", error: undefined, isComplete: false, gaps: 0 };

/** One topic of one client while components read it. */
export class TopicStore<Update> {
  /** Ends the subscription. */
  readonly stop: () => void;
  readonly #fold: Fold;
  readonly #route: ClientRoute<object, Update>;
  readonly #byKey = new Map<unknown, Update>();
  /** Those of the keys that the state which follows a gap has not confirmed yet. */
  readonly #doubtful = new Set<unknown>();
  readonly #readers = new Set<() => void>();
  #status: TopicStatus = PENDING;
  #isComplete = false;
  #gaps = 0;
  #count = 0;
  #items: readonly Update[] | undefined = EMPTY.items;
  #state: Collection<Update> | undefined = EMPTY;

  /** @throws ClientError `no_websocket` */
  constructor(client: Client, { route, params }: Wanted<Update>, fold: Fold) {
    this.#fold = fold;
    this.#route = route;
    this.stop = client.subscribe(route, params, {
      onUpdate: (update) => this.#update(update),
      onStatus: (status) => this.#setStatus(status),
      onGap: (gap) => this.#gap(gap),
    });
  }

  /** Whether nobody reads it. */
  get isIdle(): boolean {
    return this.#readers.size === 0;
  }

  /** The same object until something changes. */
  get state(): Collection<Update> {
    this.#items ??= [...this.#byKey.values()];
    this.#state ??= {
      items: this.#items,
      status: this.#status.state,
      error: this.#status.error,
      isComplete: this.#isComplete,
      gaps: this.#gaps,
    };
    return this.#state;
  }

  /** Calls a reader on each change, until it is removed. */
  add(reader: () => void): void {
    this.#readers.add(reader);
  }

  remove(reader: () => void): void {
    this.#readers.delete(reader);
  }

  #update(update: Update): void {
    const { key, last } = this.#fold;
    const at = key === undefined ? this.#count++ : keyOf(key, update);
    this.#byKey.set(at, update);
    this.#doubtful.delete(at);
    if (this.#byKey.size > last) this.#byKey.delete(this.#byKey.keys().next().value);
    this.#items = undefined;
    this.#changed();
  }

  #gap({ snapshot }: Gap): void {
    const isMended = snapshot && this.#route.snapshot === "all";
    if (!isMended) this.#gaps += 1;
    // Of bars on an origin's server: a bar may have gone on after the last that was heard of it.
    if (snapshot || (this.#fold.key !== undefined && this.#route.snapshot === "current")) {
      for (const at of this.#byKey.keys()) this.#doubtful.add(at);
    }
    this.#changed();
  }

  #setStatus(status: TopicStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    if (status.state === "live") {
      this.#isComplete = true;
      for (const at of this.#doubtful) this.#byKey.delete(at);
      this.#doubtful.clear();
      this.#items = undefined;
    }
    this.#changed();
  }

  #changed(): void {
    this.#state = undefined;
    for (const reader of this.#readers) reader();
  }
}
