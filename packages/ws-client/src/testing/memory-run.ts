import { type AnyRoute, keyOf, type Position } from "../subscriptions/listener.js";
import type { Clock } from "../timers.js";

/** The retention of a topic: a whole route of `@trading/topic` defines it, a shape has the defaults. */
export interface Keep {
  readonly count?: number;
  isFinished?(update: never): boolean;
  readonly finishedForMs?: number;
}

/** The defaults of `Keep` in `@trading/topic`. */
const LOG_COUNT = 1_000;
const FINISHED_FOR_MS = 600_000;

/** A retained update. */
interface Kept {
  readonly offset: number;
  readonly update: unknown;
  /** The time of its expiry. */
  readonly until: number;
}

/** The positions in a subscribe reply. */
export interface Accepted extends Position {
  readonly retention: "keyed" | "log";
  readonly snapshot?: true;
  readonly recovered?: boolean;
}

/** One run of a topic's source: its offsets and its retained updates (PROTOCOL.md, Positions). */
export class MemoryRun {
  readonly topic: string;
  readonly route: AnyRoute;
  readonly epoch: string;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #keep: Keep;
  /** By key, or by offset for a log; in the order of offsets. */
  readonly #kept = new Map<unknown, Kept>();
  #offset = 0;
  #floor = 0;

  constructor(topic: string, route: AnyRoute, epoch: string, clock: Pick<Clock, "monotonic">) {
    this.topic = topic;
    this.route = route;
    this.epoch = epoch;
    this.#clock = clock;
    this.#keep = (route as { readonly keep?: Keep }).keep ?? {};
  }

  get offset(): number {
    return this.#offset;
  }

  /** Adds an update, and returns its offset. */
  publish(update: unknown): number {
    const { count = this.#isLog ? LOG_COUNT : Number.POSITIVE_INFINITY, finishedForMs = FINISHED_FOR_MS } = this.#keep;
    const offset = ++this.#offset;
    const key = this.#isLog ? offset : keyOf(this.route.key, update);
    const isFinished = this.#keep.isFinished?.(update as never) ?? false;
    const until = isFinished ? this.#clock.monotonic() + finishedForMs : Number.POSITIVE_INFINITY;
    // Moves an updated key to the end, to keep the order of offsets.
    this.#kept.delete(key);
    this.#kept.set(key, { offset, update, until });
    const [oldest] = this.#kept;
    if (oldest && this.#kept.size > count) this.#evict(...oldest);
    return offset;
  }

  /**
   * Returns the positions for a subscriber.
   *
   * @param cursor its last offset; undefined for a new subscriber
   */
  accept(cursor: number | undefined, resume: Position | undefined): Accepted {
    this.#dropFinished();
    const { epoch, route } = this;
    const retention = this.#isLog ? "log" : "keyed";
    if (cursor !== undefined && !resume) return { epoch, retention, offset: cursor };
    const recovered = resume && resume.epoch === epoch && this.#floor <= resume.offset && resume.offset <= this.#offset;
    const snapshot = !recovered && !this.#isLog && route.snapshot !== "none";
    const offset = recovered ? resume.offset : snapshot ? this.#start() : this.#offset;
    return {
      epoch,
      retention,
      offset,
      ...(snapshot && { snapshot }),
      ...(resume && { recovered: recovered === true }),
    };
  }

  /** Returns the retained updates after a cursor, in order. */
  unread(cursor: number): Kept[] {
    this.#dropFinished();
    return [...this.#kept.values()].filter(({ offset }) => offset > cursor);
  }

  get #isLog(): boolean {
    return this.route.key === undefined;
  }

  /** Returns the initial cursor of a new subscriber. */
  #start(): number {
    if (this.route.snapshot === "all") return 0;
    let current: readonly [unknown, Kept] | undefined;
    // A late correction of an older bar is not the current one.
    for (const entry of this.#kept) if (!current || (current[0] as number) < (entry[0] as number)) current = entry;
    return current ? current[1].offset - 1 : this.#offset;
  }

  #dropFinished(): void {
    const now = this.#clock.monotonic();
    for (const [key, kept] of this.#kept) if (kept.until <= now) this.#evict(key, kept);
  }

  #evict(key: unknown, { offset }: Kept): void {
    this.#kept.delete(key);
    this.#floor = Math.max(this.#floor, offset);
  }
}
