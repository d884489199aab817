/** The time zone that the user has chosen: that of the selected symbol's exchange, of the computer, or UTC. */
export type ZoneChoice = "exchange" | "local" | "utc";

export const ZONE_CHOICES: readonly ZoneChoice[] = ["exchange", "local", "utc"];

const STORAGE_KEY = "trading-time-zone";
const HALF_HOUR_MS = 1_800_000;
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

/** A time zone, and the formats of times in it. */
export class TimeZone {
  /** An IANA time zone. */
  readonly id: string;
  /** `New York`, `UTC`. */
  readonly name: string;
  // Built when they are used: each takes milliseconds, and most zones show no times.
  #time: Intl.DateTimeFormat | undefined;
  #date: Intl.DateTimeFormat | undefined;
  #parts: Intl.DateTimeFormat | undefined;
  readonly #offsets = new Map<number, number>();

  /** @param id an IANA time zone; UTC replaces one that the browser does not know */
  constructor(id: string) {
    this.id = id === "UTC" || isKnown(id) ? id : "UTC";
    this.name = nameOf(this.id);
  }

  /** Formats a time as `14:03:59`. */
  formatTime(ms: number): string {
    this.#time ??= this.format(CLOCK);
    return this.#time.format(ms);
  }

  /** Formats a date with its time as `Jun 12, 2026, 16:00`. */
  formatDate(ms: number): string {
    this.#date ??= this.format({ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
    return this.#date.format(ms);
  }

  /** Returns a format in this zone. */
  format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return new Intl.DateTimeFormat("en", { ...options, timeZone: this.id });
  }

  /** Returns by how much its clocks are ahead of UTC at a time. In milliseconds. */
  offsetAt(ms: number): number {
    // Offsets change at whole or half hours.
    const start = Math.floor(ms / HALF_HOUR_MS) * HALF_HOUR_MS;
    let offset = this.#offsets.get(start);
    if (offset === undefined) {
      this.#parts ??= this.format({ ...CLOCK, year: "numeric", month: "numeric", day: "numeric" });
      const parts = Object.fromEntries(
        this.#parts.formatToParts(start).map(({ type, value }) => [type, Number(value)]),
      );
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
      offset = Date.UTC(year, month - 1, day, hour, minute, second) - start;
      this.#offsets.set(start, offset);
    }
    return offset;
  }
}

const zones = new Map<string, TimeZone>();

/** Returns the time zone with an identifier. It is kept, because its formats take milliseconds to build. */
export function timeZone(id: string): TimeZone {
  let zone = zones.get(id);
  if (zone === undefined) {
    zone = new TimeZone(id);
    zones.set(id, zone);
  }
  return zone;
}

export const UTC = timeZone("UTC");

/** Returns the time zone of a choice. @param exchange the time zone of the selected symbol's exchange */
export function timeZoneOf(choice: ZoneChoice, exchange: string): TimeZone {
  if (choice === "utc") return UTC;
  return timeZone(choice === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : exchange);
}

/** Returns the stored choice. @default exchange */
export function loadZoneChoice(): ZoneChoice {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return ZONE_CHOICES.find((choice) => choice === stored) ?? "exchange";
  } catch {
    return "exchange";
  }
}

export function saveZoneChoice(choice: ZoneChoice): void {
  try {
    localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // The browser blocks the storage: the choice lasts until the page is closed.
  }
}

function nameOf(id: string): string {
  if (/^(Etc\/)?(UTC|GMT|UCT|Zulu)$/.test(id)) return "UTC";
  // The identifiers of fixed offsets have the opposite sign: `Etc/GMT-9` is nine hours ahead.
  const [, sign, hours] = /^Etc\/GMT([+-])(\d+)$/.exec(id) ?? [];
  if (hours !== undefined) return `UTC${sign === "-" ? "+" : "-"}${hours}`;
  return (id.split("/").at(-1) as string).replaceAll("_", " ");
}

function isKnown(id: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: id });
    return true;
  } catch {
    return false;
  }
}
