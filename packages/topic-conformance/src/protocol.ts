import type { Op } from "./vectors.js";

/** The version of the line protocol that docs/line-protocol.md describes. */
export const PROTOCOL = 1;

/** What an implementation says of itself. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: typeof PROTOCOL;
  readonly name: string;
  readonly language: string;
  readonly version: string;
  /** What it can be asked, and `error-codes` where its refusals carry the contract's codes. */
  readonly features: readonly string[];
}

/** The answer to one case: the text that was built, or the code of the refusal. */
export type Result =
  | { readonly type: "result"; readonly seq: number; readonly text: string }
  | { readonly type: "result"; readonly seq: number; readonly error: string; readonly message?: string };

/** What the runner sends. */
export type Request =
  | { readonly type: "hello"; readonly protocol: typeof PROTOCOL }
  | { readonly type: "case"; readonly seq: number; readonly op: Op; readonly route?: string; readonly input: unknown }
  | { readonly type: "bye" };

/** A message as a line: ASCII, so that no harness needs to know an encoding. */
export function encodeRequest(request: Request): string {
  const text = JSON.stringify(request).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${text}\n`;
}

/** A line that is no message of the protocol: the line as it came, cut to a readable length, and what is wrong. */
export class LineError extends Error {
  override readonly name = "LineError";
  readonly line: string;

  constructor(reason: string, line: string) {
    super(`${reason}: ${line}`);
    this.line = line;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws LineError */
export function parseHello(line: Buffer): Hello {
  const message = parseObject(line);
  const fail = (reason: string) => new LineError(reason, quoteLine(line));
  if (message.type !== "hello") throw fail('expected {"type":"hello",…}, got');
  if (message.protocol !== PROTOCOL) throw fail(`this runner speaks protocol ${PROTOCOL}, the hello does not`);
  for (const field of ["name", "language", "version"]) {
    const value = message[field];
    if (typeof value !== "string" || value === "") throw fail(`the hello has no text in "${field}"`);
  }
  const features = message.features;
  if (!Array.isArray(features) || !features.every((feature) => typeof feature === "string")) {
    throw fail('the hello has no list of texts in "features"');
  }
  return message as unknown as Hello;
}

/** @throws LineError */
export function parseResult(line: Buffer): Result {
  const message = parseObject(line);
  const fail = (reason: string) => new LineError(reason, quoteLine(line));
  if (message.type !== "result") throw fail('expected {"type":"result",…}, got');
  if (!Number.isSafeInteger(message.seq)) throw fail('the result has no integer in "seq"');
  const hasText = typeof message.text === "string";
  const hasError = typeof message.error === "string";
  if (hasText === hasError) throw fail('a result has either a text in "text" or a code in "error"');
  return message as unknown as Result;
}

function parseObject(line: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(line));
  } catch {
    throw new LineError("not a line of JSON in UTF-8", quoteLine(line));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LineError("not a JSON object", quoteLine(line));
  }
  return value as Record<string, unknown>;
}

/** A line as it can be shown: at most 200 characters, quoted, so that control characters do no harm. */
function quoteLine(line: Buffer): string {
  const text = line.subarray(0, 800).toString("utf8");
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
