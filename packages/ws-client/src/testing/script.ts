import type { RecordedFrame, Recording } from "./recording.js";

export type Payload = Readonly<Record<string, unknown>>;

/** A frame about a topic that is no reply. */
export interface Line {
  readonly atMs: number;
  /** Its place among all lines. */
  readonly order: number;
  readonly type: string;
  readonly payload: Payload;
}

/** A stretch of a topic's updates with nothing missing in it, over however many connections. */
export interface Part {
  readonly atMs: number;
  /** Of the reply that it began with. */
  readonly reply: Payload;
  readonly lines: Line[];
}

interface Envelope {
  readonly type: string;
  readonly payload: Payload;
  readonly id?: unknown;
  readonly resume?: unknown;
}

interface Asked {
  readonly request: string;
  readonly type: string;
  readonly id: unknown;
}

/** A recording, by what a client may ask: which topic its parameters make, what became of that, and what was answered. */
export class Script {
  /** By topic, oldest first. */
  readonly #parts = new Map<string, Part[]>();
  /** By request as `keyOf` writes it. */
  readonly #topics = new Map<string, string>();
  readonly #replies = new Map<string, Payload[]>();
  /** What the connection that is being read holds, and what it was asked. */
  #held = new Set<string>();
  #asked: Asked[] = [];

  constructor({ frames }: Recording) {
    let connection: number | undefined;
    for (const [order, recorded] of frames.entries()) {
      if (recorded.connection !== connection) {
        connection = recorded.connection;
        this.#held = new Set();
        this.#asked = [];
      }
      this.#read(recorded, order);
    }
  }

  /** The topic of a subscribe or unsubscribe; undefined where it was never confirmed. */
  topic(verb: "subscribe" | "unsubscribe", type: string, payload: unknown): string | undefined {
    const route = type.slice(0, -verb.length);
    return type.endsWith(`.${verb}`) ? this.#topics.get(keyOf(`${route}subscribe`, payload)) : undefined;
  }

  parts(topic: string): readonly Part[] {
    return this.#parts.get(topic) ?? [];
  }

  /** What was replied to this very request, oldest first. */
  replies(type: string, payload: unknown): readonly Payload[] {
    return this.#replies.get(keyOf(type, payload)) ?? [];
  }

  #read({ from, frame, atMs }: RecordedFrame, order: number): void {
    const { type, payload = {}, id }: Envelope = JSON.parse(frame);
    if (from === "client") this.#asked.push({ request: keyOf(type, payload), type, id });
    else if (type.endsWith(".response")) this.#replied(type.slice(0, -".response".length), id, payload, atMs);
    else if (typeof payload.topic === "string") {
      this.#parts.get(payload.topic)?.at(-1)?.lines.push({ atMs, order, type, payload });
      if (type === "subscription.ended") this.#held.delete(payload.topic);
    }
  }

  #replied(type: string, id: unknown, payload: Payload, atMs: number): void {
    const place = this.#asked.findIndex((asked) => asked.type === type && (id === undefined || asked.id === id));
    const [asked] = place < 0 ? [] : this.#asked.splice(place, 1);
    if (!asked) return;
    const { status, topic } = payload;
    if (status !== "ok" || typeof topic !== "string") {
      const replies = this.#replies.get(asked.request) ?? [];
      this.#replies.set(asked.request, [...replies, payload]);
    } else if (type.endsWith(".subscribe")) this.#subscribed(asked.request, topic, payload, atMs);
    else this.#held.delete(topic);
  }

  #subscribed(request: string, topic: string, reply: Payload, atMs: number): void {
    this.#topics.set(request, topic);
    const parts = this.#parts.get(topic) ?? [];
    this.#parts.set(topic, parts);
    const isRepeated = this.#held.has(topic) && reply.recovered === undefined && !reply.snapshot;
    const last = parts.at(-1);
    const hasEnded = last?.lines.at(-1)?.type === "subscription.ended";
    const isRecovered = reply.recovered === true && reply.epoch === last?.reply.epoch && !hasEnded;
    this.#held.add(topic);
    if (!last || !(isRepeated || isRecovered)) parts.push({ atMs, reply, lines: [] });
  }
}

/** A request as text, whatever the order of its members. */
function keyOf(type: string, payload: unknown): string {
  return `${type} ${JSON.stringify(payload ?? {}, (_, value) => (isObject(value) ? sorted(value) : value))}`;
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
