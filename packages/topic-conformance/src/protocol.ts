import type { Op } from "./vectors.js";

/** The version of the line protocol that docs/line-protocol.md describes. */
export const PROTOCOL = 1;

/** The first message of an implementation. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: typeof PROTOCOL;
  readonly name: string;
  readonly language: string;
  readonly version: string;
  /** The supported features, including `error-codes` if its errors have the codes of the contract. */
  readonly features: readonly string[];
}

/** The result of one case: the canonical text, or the error code. */
export type Result =
  | { readonly type: "result"; readonly seq: number; readonly text: string }
  | { readonly type: "result"; readonly seq: number; readonly error: string; readonly message?: string };

/** The result of one value of a batch: the canonical text, or the error code. */
export type BatchResult = string | { readonly error: string };

/** A message from the runner. */
export type Request =
  | { readonly type: "hello"; readonly protocol: typeof PROTOCOL }
  | { readonly type: "case"; readonly seq: number; readonly op: Op; readonly route?: string; readonly input: unknown }
  | { readonly type: "batch"; readonly seq: number; readonly inputs: readonly unknown[] }
  | { readonly type: "bye" };

const HEX_DIGITS = Buffer.from("0123456789abcdef");

/**
 * Encodes a message as a line of ASCII, so that a harness does not depend on an encoding. Writes the bytes itself, because
 * `replace` and `Buffer.from` take longer together than the reference takes for the values of a batch.
 */
export function encodeRequest(request: Request): Buffer {
  const text = JSON.stringify(request);
  const line = Buffer.allocUnsafe(text.length * 6 + 1);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x20 && unit <= 0x7e) {
      line[length++] = unit;
      continue;
    }
    line[length++] = 0x5c;
    line[length++] = 0x75;
    for (let shift = 12; shift >= 0; shift -= 4) line[length++] = HEX_DIGITS[(unit >> shift) & 15] as number;
  }
  line[length++] = 0x0a;
  return line.subarray(0, length);
}

/** A line that is not a valid message of the protocol. `line` is the quoted line, truncated to a readable length. */
export class LineError extends Error {
  override readonly name = "LineError";
  readonly line: string;

  constructor(reason: string, line: string) {
    super(`${reason} ${line}`);
    this.line = line;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws LineError if the line is not a valid hello */
export function parseHello(line: Buffer): Hello {
  const message = parseObject(line);
  const fail = (reason: string) => new LineError(reason, quoteLine(line));
  if (message.type !== "hello") throw fail('expected {"type":"hello",…}, got');
  if (message.protocol !== PROTOCOL) throw fail(`expected protocol ${PROTOCOL} in the hello, got`);
  for (const field of ["name", "language", "version"]) {
    const value = message[field];
    if (typeof value !== "string" || value === "")
      throw fail(`expected a non-empty string in "${field}" of the hello, got`);
  }
  const features = message.features;
  if (!Array.isArray(features) || !features.every((feature) => typeof feature === "string")) {
    throw fail('expected an array of strings in "features" of the hello, got');
  }
  return message as unknown as Hello;
}

/** @throws LineError if the line is not a valid result */
export function parseResult(line: Buffer): Result {
  const message = parseObject(line);
  const fail = (reason: string) => new LineError(reason, quoteLine(line));
  if (message.type !== "result") throw fail('expected {"type":"result",…}, got');
  if (!Number.isSafeInteger(message.seq)) throw fail('expected an integer in "seq" of the result, got');
  const hasText = typeof message.text === "string";
  const hasError = typeof message.error === "string";
  if (hasText === hasError) throw fail('expected either "text" or "error" in the result, got');
  return message as unknown as Result;
}

/** @throws LineError if the line is not the result of this batch, with this many results */
export function parseBatch(line: Buffer, seq: number, size: number): readonly BatchResult[] {
  const message = parseObject(line);
  const { results } = message;
  const isResult = (result: unknown): result is BatchResult =>
    typeof result === "string" ||
    (typeof result === "object" && result !== null && typeof (result as { error?: unknown }).error === "string");
  if (message.type === "batch" && message.seq === seq && Array.isArray(results)) {
    if (results.length === size && results.every(isResult)) return results;
  }
  throw new LineError(
    `expected {"type":"batch","seq":${seq},"results":[…]} with ${size} results, got`,
    quoteLine(line),
  );
}

function parseObject(line: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(line));
  } catch {
    throw new LineError("expected a line of JSON in UTF-8, got", quoteLine(line));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LineError("expected a JSON object, got", quoteLine(line));
  }
  return value as Record<string, unknown>;
}

/** Quotes a line for display: at most 200 characters, with control characters escaped. */
function quoteLine(line: Buffer): string {
  const text = line.subarray(0, 800).toString("utf8");
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
