import { ClientError } from "../errors.js";

/** A received frame. It is read with plain checks, to keep schema libraries out of the bundle. */
export interface Envelope {
  readonly type: string;
  readonly id?: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
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
}

/** @throws ClientError `invalid_message` */
export function readEnvelope(data: unknown): Envelope {
  if (typeof data !== "string") throw invalid("a binary frame", data);
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw invalid("a frame that is not JSON", data);
  }
  if (!isObject(value) || typeof value.type !== "string") throw invalid('an envelope without "type"', data);
  const { type, id, payload = {} } = value;
  if (!isObject(payload)) throw invalid("a payload that is not an object", data);
  return { type, id: id ?? undefined, payload };
}

/** @throws ClientError `invalid_message` */
export function readUpdate({ type, payload }: Envelope): UpdateMessage {
  if (typeof payload.topic !== "string" || !("payload" in payload)) {
    throw invalid(`${type} without "topic" and "payload"`, JSON.stringify(payload));
  }
  return { topic: payload.topic, offset: count(payload.offset), update: payload.payload };
}

/** @throws ClientError `invalid_message` */
export function readReply(payload: Envelope["payload"]): SubscribeReply {
  const { status, topic, epoch, offset, snapshot, recovered } = payload;
  if (status !== "ok" && status !== "error") {
    throw invalid("a reply with a status other than ok and error", JSON.stringify(payload));
  }
  return {
    ok: status === "ok",
    topic: text(topic),
    epoch: text(epoch) || undefined,
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
  return new ClientError(text(code) || "refused", text(message) || `The server refused ${subject} without a reason`, {
    ...(topic && { topic }),
    retryable: retryable === true,
  });
}

/** Returns the value if it is a string, else `""`. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Returns the value if it is a number of updates or milliseconds. */
export function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string, data: unknown): ClientError {
  const preview = typeof data === "string" ? `: ${data.slice(0, 120)}` : "";
  return new ClientError("invalid_message", `The server sent ${what}${preview}`);
}
