import { type RetainedUpdate, Retention, type RetentionClock } from "@trading/topic/retention";
import { isFinished } from "@trading/topic/shapes";
import { type AnyRoute, keyOf, type Position } from "../subscriptions/listener.js";

/** The default of `defineRoute` for a log. */
const LOG_COUNT = 1_000;

interface RunUpdate extends RetainedUpdate {
  readonly update: unknown;
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
  readonly #history: Retention<RunUpdate>;

  constructor(topic: string, route: AnyRoute, epoch: string, clock: RetentionClock) {
    this.topic = topic;
    this.route = route;
    this.epoch = epoch;
    const { key, snapshot, keep = key === undefined ? { count: LOG_COUNT } : {} } = route;
    this.#history = new Retention({ key, snapshot, keep }, clock);
  }

  get offset(): number {
    return this.#history.offset;
  }

  /** Adds an update, and returns its offset. */
  publish(update: unknown): number {
    const offset = this.offset + 1;
    const key = keyOf(this.route.key, update);
    this.#history.append({ offset, key, isFinished: isFinished(this.route, update), update });
    return offset;
  }

  /**
   * Returns the positions for a subscriber.
   *
   * @param cursor its last offset; undefined for a new subscriber
   */
  accept(cursor: number | undefined, resume: Position | undefined): Accepted {
    const { epoch, route } = this;
    const history = this.#history;
    const retention = route.key === undefined ? "log" : "keyed";
    if (cursor !== undefined && !resume) return { epoch, retention, offset: cursor };
    const recovered =
      resume && resume.epoch === epoch && history.floor <= resume.offset && resume.offset <= history.offset;
    const snapshot = !recovered && route.key !== undefined && route.snapshot !== "none";
    return {
      epoch,
      retention,
      offset: recovered ? resume.offset : history.start(),
      ...(snapshot && { snapshot }),
      ...(resume && { recovered: recovered === true }),
    };
  }

  /** Returns the retained updates after a cursor, in order. */
  unread(cursor: number): Iterable<RunUpdate> {
    return this.#history.unread(cursor);
  }
}
