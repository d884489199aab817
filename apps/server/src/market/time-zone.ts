const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Offsets are looked up once for each week: no zone changes its clocks twice within one. */
const WEEK_MS = 604_800_000;

/** Maximum number of weeks to remember for a zone: four centuries. */
const MAX_WEEKS = 20_000;

/** The offset of a zone in one week: `before` a moment, and `after` from then on. */
interface Week {
  /** When the clocks change, Unix milliseconds; Infinity if they do not. */
  readonly changeAt: number;
  readonly before: number;
  readonly after: number;
}

/** Converts between Unix time and the local time of a place. A local time is the milliseconds that UTC has when it shows the same date and time. */
export class TimeZone {
  /** An IANA name: `America/New_York`. */
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #weeks = new Map<number, Week>();
  #last: Week | undefined;
  #lastIndex = Number.NaN;

  private constructor(name: string) {
    this.name = name;
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
      hourCycle: "h23",
    });
  }

  static readonly #known = new Map<string, TimeZone>();

  /** Returns a time zone, the same object for each name. @throws RangeError for an unknown name */
  static of(name: string): TimeZone {
    const known = TimeZone.#known.get(name) ?? new TimeZone(name);
    TimeZone.#known.set(name, known);
    return known;
  }

  /** Returns whether a name is that of a time zone. */
  static isKnown(name: string): boolean {
    try {
      TimeZone.of(name);
      return true;
    } catch {
      return false;
    }
  }

  /** Returns by how much local time is ahead of UTC at a time. In milliseconds; negative in America. */
  offsetAt(time: number): number {
    const { changeAt, before, after } = this.#weekOf(time);
    return time < changeAt ? before : after;
  }

  /** Converts Unix time to local time. */
  toLocal(time: number): number {
    return time + this.offsetAt(time);
  }

  /**
   * Converts local time to Unix time. Of a time that occurs twice, when clocks are set back, it returns the first one; of one
   * that does not occur, when they are set forward, the moment of the change.
   */
  toUnix(local: number): number {
    const [before, after] = [this.offsetAt(local - DAY_MS), this.offsetAt(local + DAY_MS)];
    const [first, last] = [local - Math.max(before, after), local - Math.min(before, after)];
    for (const candidate of [first, last]) if (this.toLocal(candidate) === local) return candidate;
    // The clocks skip this time. Their change may be the end of the week that contains `first`.
    const { changeAt } = this.#weekOf(first);
    return changeAt <= last ? changeAt : this.#weekOf(last).changeAt;
  }

  #weekOf(time: number): Week {
    const index = Math.floor(time / WEEK_MS);
    if (index === this.#lastIndex && this.#last !== undefined) return this.#last;
    let week = this.#weeks.get(index);
    if (week === undefined) {
      week = this.#readWeek(index * WEEK_MS);
      if (this.#weeks.size >= MAX_WEEKS) this.#weeks.clear();
      this.#weeks.set(index, week);
    }
    this.#lastIndex = index;
    this.#last = week;
    return week;
  }

  #readWeek(start: number): Week {
    let [low, high] = [start, start + WEEK_MS];
    const [before, after] = [this.#read(low), this.#read(high)];
    if (before === after) return { changeAt: Number.POSITIVE_INFINITY, before, after };
    while (high - low > SECOND_MS) {
      const middle = Math.floor((low + high) / 2 / SECOND_MS) * SECOND_MS;
      if (this.#read(middle) === before) low = middle;
      else high = middle;
    }
    return { changeAt: high, before, after };
  }

  /** Reads the offset from the platform's data, which takes some microseconds. @param time whole seconds */
  #read(time: number): number {
    const parts = new Map(this.#format.formatToParts(clamped(time)).map(({ type, value }) => [type, value]));
    const [year = 0, month = 1, ...rest] = ["year", "month", "day", "hour", "minute", "second"].map((type) =>
      Number(parts.get(type as Intl.DateTimeFormatPartTypes)),
    );
    const local = new Date(0);
    // Unlike Date.UTC, these take years below 100 as they are. The year before 1 AD is 1 BC, which is 0.
    local.setUTCFullYear(parts.get("era")?.startsWith("B") ? 1 - year : year, month - 1, rest[0]);
    local.setUTCHours(rest[1] as number, rest[2], rest[3]);
    return local.getTime() - clamped(time);
  }
}

/** The latest time of a JavaScript `Date`, less two days, so that local times are valid too. */
const MAX_TIME = 8_640_000_000_000_000 - 2 * DAY_MS;

function clamped(time: number): number {
  return Math.min(Math.max(time, -MAX_TIME), MAX_TIME);
}

/** Coordinated universal time. */
export const UTC = TimeZone.of("Etc/UTC");
