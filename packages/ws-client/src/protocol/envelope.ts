import { ClientError } from "../errors.js";

/** One frame of the wire. Read with plain checks, so that no schema library reaches the bundle. */
export interface Envelope {
  readonly type: string;
  readonly id?: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly ok: boolean;
  /** The topic the server built; `""` where a refusal has none. */
  readonly topic: string;
  readonly epoch: string | undefined;
  readonly offset: number | undefined;
  readonly snapshot: boolean;
  /** Undefined where no position was resumed from. */
  readonly recovered: boolean | undefined;
}

/** @throws ClientError `invalid_message` */
export function readEnvelope(data: unknown): Envelope {
  if (typeof data !== "string") throw unreadable("a binary frame", data);
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw unreadable("what is not JSON", data);
  }
  if (!isObject(value) || typeof value.type !== "string") throw unreadable('an envelope without "type"', data);
  const { type, id, payload = {} } = value;
  if (!isObject(payload)) throw unreadable("a payload that is no object", data);
  return { type, id: id ?? undefined, payload };
}

/** @throws ClientError `invalid_message` */
export function readUpdate({ type, payload }: Envelope): {
  topic: string;
  offset: number | undefined;
  update: unknown;
} {
  if (typeof payload.topic !== "string" || !("payload" in payload)) {
    throw unreadable(`${type} without "topic" and "payload"`, JSON.stringify(payload));
  }
  return { topic: payload.topic, offset: count(payload.offset), update: payload.payload };
}

/** @throws ClientError `invalid_message` */
export function readReply({ type, payload }: Envelope): Reply {
  const { status, topic, epoch, offset, snapshot, recovered } = payload;
  if (status !== "ok" && status !== "error") {
    throw unreadable(`${type} whose status is neither ok nor error`, JSON.stringify(payload));
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

/** A server's refusal, in its own words, which are meant for people. @param what was refused, for a server without words */
export function refusalOf(payload: Envelope["payload"], what: string, topic?: string): ClientError {
  const { message, code, retryable } = payload;
  const told = text(message) || `The server refused ${what} without a reason`;
  return new ClientError(text(code) || "refused", told, { ...(topic && { topic }), retryable: retryable === true });
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A number of updates or milliseconds. */
export function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(what: string, data: unknown): ClientError {
  const preview = typeof data === "string" ? `: ${data.slice(0, 120)}` : "";
  return new ClientError("invalid_message", `The server sent ${what}${preview}`);
}
