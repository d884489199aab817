import type { Client } from "../client.js";
import type { ClientError } from "../errors.js";
import type { ClientInspection, TapEvent, TopicInspection } from "../inspection.js";
import { type Clock, systemClock } from "../options.js";
import type { Gap, Position } from "../subscriptions/listener.js";

/** How many frames are kept, the newest; of gaps and errors as many. */
export const KEPT = 200;

/** How much of a text is kept. */
export const KEPT_CHARACTERS = 2_000;

/** How often the panel is drawn anew. */
export const TICK_MS = 250;

/** Over how long a rate is taken. */
export const RATE_WINDOW_MS = 1_000;

/** Something that happened. */
export interface Entry {
  /** Ascending; never given twice. */
  readonly id: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly kind: TapEvent["kind"];
  /** Cut where it is long. */
  readonly text: string;
}

export interface TopicView extends TopicInspection {
  /** Updates a second, over the last second. */
  readonly rate: number;
  /** How many milliseconds ago its last update came, to a tick; undefined where none has come since the panel was opened. */
  readonly quietMs: number | undefined;
}

/** What the panel shows: the same object from one tick to the next. */
export interface View {
  readonly client: Omit<ClientInspection, "topics">;
  /** Whether all but the client's own state is held as it was; it is recorded on meanwhile. */
  readonly isPaused: boolean;
  readonly topics: readonly TopicView[];
  /** Frames and changes of the connection, oldest first. */
  readonly frames: readonly Entry[];
  /** Gaps and errors, oldest first. */
  readonly problems: readonly Entry[];
}

/** What a topic's counter has said since the window began, oldest first, and when it last rose. */
interface Count {
  readonly samples: readonly { readonly at: number; readonly updates: number }[];
  readonly roseAt: number | undefined;
}

/** What a client does while somebody looks, for `useSyncExternalStore`. Costs nothing before and after. */
export class Activity {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #frames: Entry[] = [];
  readonly #problems: Entry[] = [];
  #counts = new Map<string, Count>();
  #nextId = 0;
  #view: View;
  #changed = () => {};

  constructor(client: Client, clock: Clock = systemClock) {
    this.#client = client;
    this.#clock = clock;
    this.#view = { ...this.#look(), isPaused: false };
  }

  readonly get = (): View => this.#view;

  /** For one at a time. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed = changed;
    const stop = this.#client.tap((event) => this.#record(event));
    let cancel = () => {};
    const tick = () => {
      cancel = this.#clock.after(TICK_MS, tick);
      this.#show({ isPaused: this.#view.isPaused });
    };
    tick();
    return () => {
      stop();
      cancel();
    };
  };

  /** Holds what is shown, or shows what has happened since. */
  pause(isPaused: boolean): void {
    this.#show({ isPaused });
  }

  /** Forgets the frames, the gaps and the errors. */
  clear(): void {
    this.#frames.length = 0;
    this.#problems.length = 0;
    this.#show({ isPaused: this.#view.isPaused, frames: [], problems: [] });
  }

  #record(event: TapEvent): void {
    const list = event.kind === "gap" || event.kind === "error" ? this.#problems : this.#frames;
    list.push({ id: this.#nextId++, time: Date.now(), kind: event.kind, text: cut(textOf(event)) });
    if (list.length > KEPT) list.shift();
  }

  #show(changes: Pick<View, "isPaused"> & Partial<View>): void {
    const now = this.#look();
    this.#view = { ...(changes.isPaused ? { ...this.#view, client: now.client } : now), ...changes };
    this.#changed();
  }

  #look(): Omit<View, "isPaused"> {
    const at = this.#clock.monotonic();
    const { topics, ...client } = this.#client.inspect();
    // Of the topics that are held alone: those that were left are forgotten.
    const counts = new Map(topics.map(({ topic, updates }) => [topic, counted(this.#counts.get(topic), at, updates)]));
    this.#counts = counts;
    return {
      client,
      topics: topics.map((topic) => ({ ...topic, ...rated(counts.get(topic.topic) as Count, at) })),
      frames: [...this.#frames],
      problems: [...this.#problems],
    };
  }
}

function counted(before: Count | undefined, at: number, updates: number): Count {
  const last = before?.samples.at(-1);
  // A topic that was left and is wanted again counts from the start.
  if (before === undefined || last === undefined || updates < last.updates) {
    return { samples: [{ at, updates }], roseAt: undefined };
  }
  const samples = [...before.samples, { at, updates }];
  const isOld = (index: number) => at - (samples[index]?.at ?? at) >= RATE_WINDOW_MS;
  while (isOld(1)) samples.shift();
  return { samples, roseAt: updates > last.updates ? at : before.roseAt };
}

function rated({ samples, roseAt }: Count, at: number): Pick<TopicView, "rate" | "quietMs"> {
  const [first] = samples;
  const last = samples.at(-1);
  const ms = first && last ? last.at - first.at : 0;
  return {
    rate: first && last && ms > 0 ? ((last.updates - first.updates) * 1_000) / ms : 0,
    quietMs: roseAt === undefined ? undefined : at - roseAt,
  };
}

/** A topic's position as the panel writes it. */
export function positionText(position: Position | undefined): string {
  return position ? `${position.epoch}:${position.offset}` : "none";
}

function textOf(event: TapEvent): string {
  switch (event.kind) {
    case "sent":
    case "received":
      return event.frame;
    case "state":
      return `${event.state.status}: ${event.state.reason}`;
    case "resume":
      return `${event.resume.topic}: ${event.resume.recovered ? "the missed updates follow" : "not recovered"}`;
    case "gap":
      return gapText(event.gap);
    case "error":
      return errorText(event.error);
  }
}

function errorText({ code, message, topic }: ClientError): string {
  return `${code}: ${message}${topic === undefined ? "" : `, of ${topic}`}`;
}

function gapText({ topic, reason, snapshot, before, after }: Gap): string {
  const next = snapshot ? "its whole state follows" : "what was missed has to be had elsewhere";
  return `${topic}: ${reason}, from ${positionText(before)} to ${positionText(after)}; ${next}`;
}

function cut(text: string): string {
  if (text.length <= KEPT_CHARACTERS) return text;
  // Joined anew: a slice would keep the whole text in memory.
  const head = text.slice(0, KEPT_CHARACTERS).split("").join("");
  return `${head} … ${text.length - KEPT_CHARACTERS} more characters`;
}
