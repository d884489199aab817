import { FINISHED_FOR_MS, type RouteName, type Update } from "./routes.js";

/** A publication in the reference. */
export interface Entry {
  readonly offset: number;
  readonly update: Update;
  readonly at: number;
}

/** The state of a topic's run at one moment. */
export interface Moment {
  readonly epoch: string;
  readonly floor: number;
  readonly offset: number;
  readonly kept: readonly Entry[];
}

const KEY: Record<RouteName, ((update: Update) => unknown) | undefined> = {
  all: ({ id }) => id,
  current: ({ n }) => n,
  single: () => "*",
  log: undefined,
  secret: ({ id }) => id,
};
const COUNT: Record<RouteName, number> = { all: Infinity, current: 3, single: Infinity, log: 5, secret: Infinity };

export function keyOf(route: RouteName, update: Update): unknown {
  return KEY[route]?.(update);
}

/**
 * A reference implementation of one run of a topic, after PROTOCOL.md, "Positions". It keeps every publication and
 * copies plain lists on each change. It is slow on purpose, and shares no code with the engine.
 */
export class Reference {
  readonly epoch: string;
  readonly journal: Entry[] = [];
  /** Every state of the run so far. A reply must match one of those between its request and its arrival. */
  readonly moments: Moment[] = [];
  readonly #route: RouteName;
  #kept: Entry[] = [];
  #floor = 0;

  constructor(route: RouteName, epoch: string) {
    this.#route = route;
    this.epoch = epoch;
    this.#remember();
  }

  get offset(): number {
    return this.journal.length;
  }

  get kept(): readonly Entry[] {
    return this.#kept;
  }

  publish(update: Update, now: number): void {
    this.expire(now);
    const entry = { offset: this.journal.length + 1, update, at: now };
    this.journal.push(entry);
    const key = keyOf(this.#route, update);
    if (KEY[this.#route] !== undefined) {
      this.#kept = this.#kept.filter((other) => keyOf(this.#route, other.update) !== key);
    }
    this.#kept.push(entry);
    if (this.#kept.length > COUNT[this.#route]) this.#evict(this.#kept[0] as Entry);
    this.#remember();
  }

  /** Removes entries whose finished time has passed. */
  expire(now: number): void {
    if (this.#route !== "all") return;
    const due = this.#kept.filter(({ update, at }) => update.done && at + FINISHED_FOR_MS <= now);
    for (const entry of due) this.#evict(entry);
    if (due.length > 0) this.#remember();
  }

  /** Returns the offset at which a new subscriber starts at a moment. */
  start({ kept, offset }: Moment): number {
    if (this.#route === "log") return offset;
    if (this.#route !== "current") return 0;
    const greatest = kept.reduce<Entry | undefined>(
      (best, entry) => (best && best.update.n > entry.update.n ? best : entry),
      undefined,
    );
    return greatest === undefined ? offset : greatest.offset - 1;
  }

  /** Returns whether a later publication with the same key replaced an entry. */
  isSuperseded(entry: Entry): boolean {
    if (KEY[this.#route] === undefined) return false;
    const key = keyOf(this.#route, entry.update);
    return this.journal.some(({ offset, update }) => offset > entry.offset && keyOf(this.#route, update) === key);
  }

  #evict(entry: Entry): void {
    this.#kept = this.#kept.filter((other) => other !== entry);
    this.#floor = Math.max(this.#floor, entry.offset);
  }

  #remember(): void {
    this.moments.push({ epoch: this.epoch, floor: this.#floor, offset: this.offset, kept: this.#kept });
  }
}
