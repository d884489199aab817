import { FINISHED_FOR_MS, type RouteName, type Update } from "./routes.js";

/** A publication, as the reference has it. */
export interface Entry {
  readonly offset: number;
  readonly update: Update;
  readonly at: number;
}

/** What can be said of a topic's run at one moment. */
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
 * One run of a topic, straight from PROTOCOL.md, "Positions and recovery": every publication there was, and plain lists
 * that are made anew each time. Slow on purpose, and shares nothing with the engine.
 */
export class Reference {
  readonly epoch: string;
  readonly journal: Entry[] = [];
  /** Every state it has been in. A reply must be right for one between its request and its arrival. */
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

  /** What is finished leaves after its time. */
  expire(now: number): void {
    if (this.#route !== "all") return;
    const due = this.#kept.filter(({ update, at }) => update.done && at + FINISHED_FOR_MS <= now);
    for (const entry of due) this.#evict(entry);
    if (due.length > 0) this.#remember();
  }

  /** Where a newcomer's cursor starts in a moment. */
  start({ kept, offset }: Moment): number {
    if (this.#route === "log") return offset;
    if (this.#route !== "current") return 0;
    const greatest = kept.reduce<Entry | undefined>(
      (best, entry) => (best && best.update.n > entry.update.n ? best : entry),
      undefined,
    );
    return greatest === undefined ? offset : greatest.offset - 1;
  }

  /** Whether a later publication of its key has taken an entry's place. */
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
