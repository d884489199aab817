import { ClientError } from "./errors.js";

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
  readonly message: string;
  /** Why it was refused, in the server's words for programs. */
  readonly code: string;
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
  return { type, id, payload };
}

/** @throws ClientError `invalid_message` */
export function readUpdate({ type, payload }: Envelope): { topic: string; update: unknown } {
  if (typeof payload.topic !== "string" || !("payload" in payload)) {
    throw unreadable(`${type} without "topic" and "payload"`, JSON.stringify(payload));
  }
  return { topic: payload.topic, update: payload.payload };
}

/** @throws ClientError `invalid_message` */
export function readReply({ type, payload }: Envelope): Reply {
  const { status, topic, message, code } = payload;
  if (status !== "ok" && status !== "error") {
    throw unreadable(`${type} whose status is neither ok nor error`, JSON.stringify(payload));
  }
  return { ok: status === "ok", topic: text(topic), message: text(message), code: text(code) || "refused" };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(what: string, data: unknown): ClientError {
  const preview = typeof data === "string" ? `: ${data.slice(0, 120)}` : "";
  return new ClientError("invalid_message", `The server sent ${what}${preview}`);
}
