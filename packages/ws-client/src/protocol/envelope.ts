import { excessOf } from "@trading/topic/shapes";
import { ClientError } from "../errors.js";
import type { ClientCodec } from "../options.js";
import { text } from "../text.js";

/** Maximum number of nested arrays and objects in a frame. */
const MAX_DEPTH = 64;

/** The fewest characters of an element or member, on average over a frame. */
const MIN_ELEMENT_LENGTH = 8;

/** The maximum length of an epoch (PROTOCOL.md, Positions). */
const MAX_EPOCH_LENGTH = 64;

/** The maximum length of other texts that the client keeps. A longer one is ignored, as if the server had not sent it. */
const MAX_TEXT_LENGTH = 1_024;

/** A received frame. It is read with plain checks, to keep schema libraries out of the bundle. */
export interface Envelope {
  readonly type: string;
  readonly id?: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The frame's length in characters. */
  readonly length: number;
}

/** The server's reply to a subscribe. */
export interface SubscribeReply {
  readonly ok: boolean;
  /** The topic that the server built; `""` if a refusal has none. */
  readonly topic: string;
  readonly epoch: string | undefined;
  readonly offset: number | undefined;
  readonly snapshot: boolean;
  /** Undefined if the subscribe had no position to resume from. */
  readonly recovered: boolean | undefined;
}

export interface UpdateMessage {
  readonly topic: string;
  readonly offset: number | undefined;
  readonly update: unknown;
  /** The length of its frame in characters. */
  readonly length: number;
}

/**
 * Reads a frame. Checks its limits first, because a deeply nested value would overflow the stack of whatever reads it later.
 *
 * @param maxLength in characters; 0 = no limit
 * @throws ClientError `invalid_message`
 */
export function readEnvelope(data: unknown, maxLength: number, codec: ClientCodec): Envelope {
  if (typeof data !== "string") throw invalid(text`The server sent a binary frame`, data);
  const maxElements = Math.ceil(maxLength / MIN_ELEMENT_LENGTH);
  const excess = /* mutant: check-limits */ excessOf(data, { maxLength, maxDepth: MAX_DEPTH, maxElements });
  if (excess) throw invalid(text`The server sent a frame ${excess}`, data);
  let value: unknown;
  try {
    value = codec.parse(data);
  } catch (cause) {
    throw invalid(text`The server sent an unreadable frame (${cause})`, data);
  }
  const type = isObject(value) && keptText(value.type);
  if (!type) throw invalid(text`The server sent an envelope without "type"`, data);
  const { id, payload = {} } = value as Record<string, unknown>;
  if (!isObject(payload)) throw invalid(text`The server sent a payload that is not an object`, data);
  return { type, id: id ?? undefined, payload, length: data.length };
}

/** @throws ClientError `invalid_message` */
export function readUpdate({ type, payload, length }: Envelope): UpdateMessage {
  if (typeof payload.topic !== "string" || !("payload" in payload)) {
    throw invalid(text`The server sent ${type} without "topic" and "payload"`, JSON.stringify(payload));
  }
  return { topic: payload.topic, offset: count(payload.offset), update: payload.payload, length };
}

/** @throws ClientError `invalid_message` */
export function readReply(payload: Envelope["payload"]): SubscribeReply {
  const { status, topic, epoch, offset, snapshot, recovered } = payload;
  if (status !== "ok" && status !== "error") {
    throw invalid(text`The server sent a reply with a status other than ok and error`, JSON.stringify(payload));
  }
  return {
    ok: status === "ok",
    topic: stringOf(topic),
    epoch: keptText(epoch, MAX_EPOCH_LENGTH) || undefined,
    offset: count(offset),
    snapshot: snapshot === true,
    recovered: typeof recovered === "boolean" ? recovered : undefined,
  };
}

/**
 * Returns a server's refusal as an error with the server's message.
 *
 * @param subject what was refused, for the message if the server sent none
 */
export function refusalOf(payload: Envelope["payload"], subject: string, topic?: string): ClientError {
  const { message, code, retryable } = payload;
  return new ClientError(
    keptText(code) || "refused",
    keptText(message) || text`The server refused ${subject} without a reason`,
    { topic, retryable: retryable === true },
  );
}

/** Returns the value if it is a string, else `""`. */
export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Returns the value if it is a string within the length that the client keeps, else `""`. */
export function keptText(value: unknown, maxLength: number = MAX_TEXT_LENGTH): string {
  const kept = stringOf(value);
  return kept.length > maxLength ? "" : kept;
}

/** Returns the value if it is a number of updates or milliseconds. */
export function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the error for a frame that cannot be read. @param data the frame, of which the message shows the beginning */
export function invalid(message: string, data: unknown): ClientError {
  const preview = typeof data === "string" ? `: ${data.slice(0, 120)}` : "";
  return new ClientError("invalid_message", message + preview);
}
