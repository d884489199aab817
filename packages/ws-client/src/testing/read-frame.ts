import type { ClientFrame } from "./memory-connection.js";

/**
 * Parses a client's frame, and validates its envelope (PROTOCOL.md).
 *
 * @throws Error naming the invalid member
 */
export function readFrame(text: string): ClientFrame {
  const frame = parse(text);
  const { type, id, resume } = frame;
  if (typeof type !== "string" || type.length < 1 || type.length > 256) {
    throw new Error("/type: expected a string of 1 to 256 characters");
  }
  const isId = id === undefined || Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 64);
  if (!isId) throw new Error("/id: expected a string of at most 64 characters, or a safe integer");
  if (resume !== undefined && !isPosition(resume)) throw new Error("/resume: expected an epoch and an offset");
  return frame as unknown as ClientFrame;
}

function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (isObject(value)) return value;
  throw new Error("expected an object");
}

function isPosition(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { epoch, offset } = value;
  const isEpoch = typeof epoch === "string" && epoch.length >= 1 && epoch.length <= 64;
  return isEpoch && Number.isSafeInteger(offset) && (offset as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
