import type { Client } from "../client.js";
import type { ClientError } from "../errors.js";
import type { ClientInspection, TapEvent, TopicInspection } from "../inspection.js";
import type { Gap, Position } from "../subscriptions/listener.js";
import { type Clock, systemClock } from "../timers.js";
import { type Rate, Traffic } from "./traffic.js";

/** Maximum number of recorded frames, and of recorded gaps and errors. */
export const MAX_ENTRIES = 200;

/** Maximum number of characters of an entry; longer texts are truncated. */
export const MAX_CHARACTERS = 2_000;

/** Interval at which the panel renders. In milliseconds. */
export const TICK_MS = 250;

/** Window of all rates. In milliseconds. */
export const RATE_WINDOW_MS = 1_000;

/** A recorded event. */
export interface Entry {
  /** Ascending and unique. */
  readonly id: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly kind: TapEvent["kind"];
  /** Truncated to `MAX_CHARACTERS`. */
  readonly text: string;
}

export interface TopicView extends TopicInspection {
  /** Updates per second, over the last second. */
  readonly rate: number;
  /** Milliseconds since the last update, to within a tick; undefined without an update since the panel was opened. */
  readonly quietMs: number | undefined;
}

/** The data that the panel shows; a new object on every tick. */
export interface View {
  readonly client: Omit<ClientInspection, "topics">;
  readonly received: Rate;
  readonly sent: Rate;
  /** Whether topics and entries are frozen. Recording continues. */
  readonly isPaused: boolean;
  readonly topics: readonly TopicView[];
  /** Frames and changes of the connection, oldest first. */
  readonly frames: readonly Entry[];
  /** Gaps and errors, oldest first. */
  readonly problems: readonly Entry[];
}

/** Samples of a topic's update counter within the window, oldest first, and the time of its last increase. */
interface Count {
  readonly samples: readonly { readonly at: number; readonly updates: number }[];
  readonly increasedAt: number | undefined;
}

/** Records a client's activity for `useSyncExternalStore`. It listens to the client only while subscribed. */
export class Activity {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #frames: Entry[] = [];
  readonly #problems: Entry[] = [];
  readonly #traffic = { received: new Traffic(), sent: new Traffic() };
  #counts = new Map<string, Count>();
  #nextId = 0;
  #view: View;
  #onChange = () => {};

  constructor(client: Client, clock: Clock = systemClock) {
    this.#client = client;
    this.#clock = clock;
    this.#view = { ...this.#capture(), isPaused: false };
  }

  readonly get = (): View => this.#view;

  /** Supports one subscriber at a time. */
  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#onChange = onChange;
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

  /** Freezes the view, or shows the current state again. */
  pause(isPaused: boolean): void {
    this.#show({ isPaused });
  }

  /** Discards all recorded entries. */
  clear(): void {
    this.#frames.length = 0;
    this.#problems.length = 0;
    this.#show({ isPaused: this.#view.isPaused, frames: [], problems: [] });
  }

  #record(event: TapEvent): void {
    if (event.kind === "sent" || event.kind === "received") this.#traffic[event.kind].record(event.frame);
    const list = event.kind === "gap" || event.kind === "error" ? this.#problems : this.#frames;
    list.push({ id: this.#nextId++, time: Date.now(), kind: event.kind, text: truncate(textOf(event)) });
    if (list.length > MAX_ENTRIES) list.shift();
  }

  #show(changes: Pick<View, "isPaused"> & Partial<View>): void {
    const now = this.#capture();
    this.#view = {
      ...(changes.isPaused ? { ...this.#view, client: now.client, received: now.received, sent: now.sent } : now),
      ...changes,
    };
    this.#onChange();
  }

  #capture(): Omit<View, "isPaused"> {
    const at = this.#clock.monotonic();
    const { topics, ...client } = this.#client.inspect();
    // Counts of topics that are no longer subscribed are dropped.
    const counts = new Map(
      topics.map(({ topic, updates }) => [topic, addSample(this.#counts.get(topic), at, updates)]),
    );
    this.#counts = counts;
    return {
      client,
      received: this.#traffic.received.rate(at, RATE_WINDOW_MS),
      sent: this.#traffic.sent.rate(at, RATE_WINDOW_MS),
      topics: topics.map((topic) => ({ ...topic, ...rateOf(counts.get(topic.topic) as Count, at) })),
      frames: [...this.#frames],
      problems: [...this.#problems],
    };
  }
}

function addSample(before: Count | undefined, at: number, updates: number): Count {
  const last = before?.samples.at(-1);
  // A topic that is subscribed again counts from zero.
  if (before === undefined || last === undefined || updates < last.updates) {
    return { samples: [{ at, updates }], increasedAt: undefined };
  }
  const samples = [...before.samples, { at, updates }];
  const isOld = (index: number) => at - (samples[index]?.at ?? at) >= RATE_WINDOW_MS;
  while (isOld(1)) samples.shift();
  return { samples, increasedAt: updates > last.updates ? at : before.increasedAt };
}

function rateOf({ samples, increasedAt }: Count, at: number): Pick<TopicView, "rate" | "quietMs"> {
  const [first] = samples;
  const last = samples.at(-1);
  const ms = first && last ? last.at - first.at : 0;
  return {
    rate: first && last && ms > 0 ? ((last.updates - first.updates) * 1_000) / ms : 0,
    quietMs: increasedAt === undefined ? undefined : at - increasedAt,
  };
}

/** Formats a position. */
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
    case "reset":
      return "the user changed, and the data of private topics were discarded";
    case "resume":
      return `${event.resume.topic}: ${event.resume.recovered ? "the missed updates follow" : "not recovered"}`;
    case "gap":
      return gapText(event.gap);
    case "error":
      return errorText(event.error);
  }
}

function errorText({ code, message, topic }: ClientError): string {
  return `${code}: ${message}${topic === undefined ? "" : `, topic ${topic}`}`;
}

function gapText({ topic, reason, snapshot, before, after }: Gap): string {
  const next = snapshot ? "a snapshot follows" : "load the missed updates from another source";
  return `${topic}: ${reason}, from ${positionText(before)} to ${positionText(after)}; ${next}`;
}

function truncate(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  // Joined from characters, because a slice would keep the whole text in memory.
  const head = text.slice(0, MAX_CHARACTERS).split("").join("");
  return `${head} … ${text.length - MAX_CHARACTERS} more characters`;
}
