import type { Position } from "@trading/topic";
import { SharedText } from "../topics/update-text.js";
import { count, isObject, list, shown, text } from "./message-fields.js";

/** A topic that a follower wants. */
export interface WantedTopic {
  /** Identifies the topic within the feed. */
  readonly id: number;
  readonly topic: string;
  /** The follower has all updates up to it. */
  readonly position?: Position | undefined;
  /** The form of the updates on the follower's node; see `TopicDescriptor.schema`. */
  readonly schema?: string | undefined;
  /** The claim that the node is asked to replace, because its node does not own the topic or is dead. */
  readonly instead?: ClaimName | undefined;
}

/** A claim of the topic's key. */
export interface ClaimName {
  readonly node: string;
  readonly id: string;
}

/** The reason for which an owner refuses a topic. */
export type Refusal =
  /** The node does not own the topic. */
  | "not_owner"
  /** The source is stopping. */
  | "ending";

/** Whether a request was handled, and otherwise why it was not. */
export type ReplyStatus = (typeof REPLY_STATUSES)[number];

const REPLY_STATUSES = ["ok", "no_holder", "too_busy", "reply_too_large", "handler_failed"] as const;

/** One entry of a feed. */
export type FeedItem =
  /** The topic is accepted: its retained updates follow, those after the position if it is recovered. */
  | { readonly type: "accepted"; readonly id: number; readonly epoch: string; readonly recovered: boolean }
  | {
      readonly type: "update";
      readonly id: number;
      readonly offset: number;
      readonly key: unknown;
      readonly isFinished: boolean;
      readonly body: SharedText;
    }
  /** The follower has all retained updates. */
  | { readonly type: "current"; readonly id: number; readonly offset: number; readonly floor: number }
  | { readonly type: "refused"; readonly id: number; readonly reason: Refusal }
  | {
      readonly type: "ended";
      readonly id: number;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    };

/**
 * A message between nodes. A feed belongs to the follower that has opened it by `sync`, and ends with its next one. Its `feed`
 * is random, so that nothing of an earlier feed, connection or owner can be mistaken for a part of it.
 */
export type NodeMessage =
  /** Opens a feed, instead of the one before. */
  | { readonly type: "sync"; readonly feed: string; readonly topics: readonly WantedTopic[] }
  | { readonly type: "want"; readonly feed: string; readonly topics: readonly WantedTopic[] }
  | { readonly type: "drop"; readonly feed: string; readonly ids: readonly number[] }
  /** A follower's sign of life, with a number that the owner echoes, and all that it has dropped since the last echo. */
  | { readonly type: "alive"; readonly feed: string; readonly beat: number; readonly dropped: readonly number[] }
  /** Publishes to the owner from outside the topic's source. */
  | { readonly type: "publish"; readonly topic: string; readonly body: string }
  /** Requests something of the node that holds a key. Its `id` is greater than that of the sender's request before. */
  | { readonly type: "request"; readonly id: number; readonly key: string; readonly body: string }
  /** The reply to the request with this `id`, with a body if its status is `ok`. */
  | { readonly type: "reply"; readonly id: number; readonly status: ReplyStatus; readonly body: string }
  | {
      readonly type: "data";
      readonly feed: string;
      /** One more than that of the message before. */
      readonly seq: number;
      /** The last `beat` that the owner has received. */
      readonly echo: number;
      readonly items: readonly FeedItem[];
    };

/** Version of these messages. Nodes of another one are ignored. */
const VERSION = 1;

/** Maximum size of a message; a larger one is refused before it is parsed. */
export const MAX_MESSAGE_BYTES = 67_108_864;

const NEWLINE = 0x0a;

/**
 * Encodes a message: a line of JSON, then the bodies of its updates, whose lengths are in the line. So a body is neither parsed
 * nor escaped between the source and its clients.
 */
export function encodeNodeMessage(message: NodeMessage): Uint8Array {
  if (message.type !== "data") return Buffer.from(`${JSON.stringify({ v: VERSION, ...message })}\n`);
  const bodies: SharedText[] = [];
  const items = message.items.map((item) => {
    if (item.type !== "update") return item;
    bodies.push(item.body);
    return [item.id, item.offset, item.key ?? null, item.isFinished ? 1 : 0, item.body.bytes];
  });
  const line = `${JSON.stringify({ v: VERSION, ...message, items })}\n`;
  const lineBytes = Buffer.byteLength(line);
  const target = Buffer.allocUnsafe(bodies.reduce((sum, { bytes }) => sum + bytes, lineBytes));
  let at = target.write(line);
  for (const { text } of bodies) at += target.write(text, at);
  return target;
}

/** Parses a message of another node. @throws Error if it is not one, naming what is wrong */
export function decodeNodeMessage(bytes: Uint8Array): NodeMessage {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new Error(`Invalid message: it has ${bytes.length} bytes, the maximum is ${MAX_MESSAGE_BYTES}`);
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = buffer.indexOf(NEWLINE);
  if (end < 0) throw new Error("Invalid message: it has no newline");
  const head: unknown = JSON.parse(buffer.toString("utf8", 0, end));
  if (!isObject(head)) throw new Error("Invalid message: expected an object");
  if (head.v !== VERSION) throw new Error(`Unknown version ${shown(head.v)}: this node has ${VERSION}`);
  if (head.type === "publish")
    return { type: "publish", topic: text(head.topic, "topic"), body: text(head.body, "body") };
  if (head.type === "request") {
    return { type: "request", id: count(head.id, "id"), key: text(head.key, "key"), body: text(head.body, "body") };
  }
  if (head.type === "reply") {
    return { type: "reply", id: count(head.id, "id"), status: replyStatus(head.status), body: text(head.body, "body") };
  }
  const feed = text(head.feed, "feed");
  switch (head.type) {
    case "sync":
    case "want":
      return { type: head.type, feed, topics: list(head.topics, "topics").map(wanted) };
    case "drop":
      return { type: "drop", feed, ids: counts(head.ids, "ids") };
    case "alive":
      return { type: "alive", feed, beat: count(head.beat, "beat"), dropped: counts(head.dropped, "dropped") };
    case "data": {
      const bodies = new Bodies(buffer, end + 1);
      const items = list(head.items, "items").map((item) => feedItem(item, bodies));
      bodies.assertRead();
      return { type: "data", feed, seq: count(head.seq, "seq"), echo: count(head.echo, "echo"), items };
    }
    default:
      throw new Error(`Invalid message: unknown type ${shown(head.type)}`);
  }
}

/** The bodies of a message, one after the other. */
class Bodies {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  next(length: number): SharedText {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#buffer.length) throw new Error("Invalid message: a body is missing");
    return new SharedText(this.#buffer.toString("utf8", start, this.#at));
  }

  assertRead(): void {
    if (this.#at !== this.#buffer.length) throw new Error("Invalid message: it is longer than its bodies");
  }
}

function wanted(value: unknown): WantedTopic {
  if (!isObject(value)) throw new Error("Invalid message: topics must be objects");
  const { position, instead, schema } = value;
  const topic = {
    id: count(value.id, "id"),
    topic: text(value.topic, "topic"),
    ...(schema !== undefined && { schema: text(schema, "schema") }),
  };
  const at = instead === undefined ? topic : { ...topic, instead: claimName(instead) };
  if (position === undefined) return at;
  if (!isObject(position)) throw new Error("Invalid message: position must be an object");
  return { ...at, position: { epoch: text(position.epoch, "epoch"), offset: count(position.offset, "offset") } };
}

function counts(value: unknown, name: string): readonly number[] {
  return list(value, name).map((each) => count(each, name));
}

function claimName(value: unknown): ClaimName {
  if (!isObject(value)) throw new Error("Invalid message: instead must be an object");
  return { node: text(value.node, "node"), id: text(value.id, "id") };
}

function feedItem(value: unknown, bodies: Bodies): FeedItem {
  if (Array.isArray(value)) {
    const [id, offset, key, isFinished, bytes] = value;
    if (typeof key === "object" && key !== null) throw new Error("Invalid message: a key must not be an object");
    return {
      type: "update",
      id: count(id, "id"),
      offset: count(offset, "offset"),
      key,
      isFinished: isFinished === 1,
      body: bodies.next(count(bytes, "bytes")),
    };
  }
  if (!isObject(value)) throw new Error("Invalid message: items must be objects or arrays");
  const id = count(value.id, "id");
  switch (value.type) {
    case "accepted":
      return { type: "accepted", id, epoch: text(value.epoch, "epoch"), recovered: value.recovered === true };
    case "current":
      return { type: "current", id, offset: count(value.offset, "offset"), floor: count(value.floor, "floor") };
    case "refused":
      return { type: "refused", id, reason: value.reason === "ending" ? "ending" : "not_owner" };
    case "ended": {
      const retryable = value.retryable === true;
      return { type: "ended", id, code: text(value.code, "code"), message: text(value.message, "message"), retryable };
    }
    default:
      throw new Error(`Invalid message: unknown item ${shown(value.type)}`);
  }
}

function replyStatus(value: unknown): ReplyStatus {
  const status = REPLY_STATUSES.find((known) => known === value);
  if (status === undefined) throw new Error(`Invalid message: unknown status ${shown(value)}`);
  return status;
}
