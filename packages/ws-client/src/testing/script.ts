import type { RecordedFrame, Recording } from "./recording.js";

export type Payload = Readonly<Record<string, unknown>>;

/** A frame about a topic that is not a reply. */
export interface Line {
  readonly atMs: number;
  /** Its index in the recording. */
  readonly order: number;
  readonly type: string;
  readonly payload: Payload;
}

/** A contiguous part of a topic's updates, across any number of connections. */
export interface Part {
  readonly atMs: number;
  /** The payload of the first reply. */
  readonly reply: Payload;
  readonly lines: Line[];
}

interface Envelope {
  readonly type: string;
  readonly payload: Payload;
  readonly id?: unknown;
  readonly resume?: unknown;
}

interface PendingRequest {
  readonly key: string;
  readonly type: string;
  readonly id: unknown;
}

/** A recording, indexed by requests: their topics, updates and replies. */
export class Script {
  /** By topic, oldest first. */
  readonly #parts = new Map<string, Part[]>();
  /** By the key of the request. */
  readonly #topics = new Map<string, string>();
  readonly #replies = new Map<string, Payload[]>();
  /** The subscribed topics and the pending requests of the connection that is being read. */
  #topicsOfConnection = new Set<string>();
  #pending: PendingRequest[] = [];

  constructor({ frames }: Recording) {
    let connection: number | undefined;
    for (const [order, recorded] of frames.entries()) {
      if (recorded.connection !== connection) {
        connection = recorded.connection;
        this.#topicsOfConnection = new Set();
        this.#pending = [];
      }
      this.#read(recorded, order);
    }
  }

  /** Returns the topic of a subscribe or unsubscribe; undefined if it was never confirmed. */
  topic(verb: "subscribe" | "unsubscribe", type: string, payload: unknown): string | undefined {
    const route = type.slice(0, -verb.length);
    return type.endsWith(`.${verb}`) ? this.#topics.get(keyOf(`${route}subscribe`, payload)) : undefined;
  }

  parts(topic: string): readonly Part[] {
    return this.#parts.get(topic) ?? [];
  }

  /** Returns the replies to this request, oldest first. */
  replies(type: string, payload: unknown): readonly Payload[] {
    return this.#replies.get(keyOf(type, payload)) ?? [];
  }

  #read({ from, frame, atMs }: RecordedFrame, order: number): void {
    const { type, payload = {}, id }: Envelope = JSON.parse(frame);
    if (from === "client") this.#pending.push({ key: keyOf(type, payload), type, id });
    else if (type.endsWith(".response")) this.#replied(type.slice(0, -".response".length), id, payload, atMs);
    else if (typeof payload.topic === "string") {
      this.#parts.get(payload.topic)?.at(-1)?.lines.push({ atMs, order, type, payload });
      if (type === "subscription.ended") this.#topicsOfConnection.delete(payload.topic);
    }
  }

  #replied(type: string, id: unknown, payload: Payload, atMs: number): void {
    const place = this.#pending.findIndex(
      (request) => request.type === type && (id === undefined || request.id === id),
    );
    const [request] = place < 0 ? [] : this.#pending.splice(place, 1);
    if (!request) return;
    const { status, topic } = payload;
    if (status !== "ok" || typeof topic !== "string") {
      const replies = this.#replies.get(request.key) ?? [];
      this.#replies.set(request.key, [...replies, payload]);
    } else if (type.endsWith(".subscribe")) this.#subscribed(request.key, topic, payload, atMs);
    else this.#topicsOfConnection.delete(topic);
  }

  #subscribed(request: string, topic: string, reply: Payload, atMs: number): void {
    this.#topics.set(request, topic);
    const parts = this.#parts.get(topic) ?? [];
    this.#parts.set(topic, parts);
    const isRepeated = this.#topicsOfConnection.has(topic) && reply.recovered === undefined && !reply.snapshot;
    const last = parts.at(-1);
    const hasEnded = last?.lines.at(-1)?.type === "subscription.ended";
    const isRecovered = reply.recovered === true && reply.epoch === last?.reply.epoch && !hasEnded;
    this.#topicsOfConnection.add(topic);
    if (!last || !(isRepeated || isRecovered)) parts.push({ atMs, reply, lines: [] });
  }
}

/** Returns a key for a request that does not depend on the order of members. */
function keyOf(type: string, payload: unknown): string {
  return `${type} ${JSON.stringify(payload ?? {}, (_, value) => (isObject(value) ? sorted(value) : value))}`;
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
