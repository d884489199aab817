import { createHash } from "node:crypto";
import { buildTopic, buildTopicParams } from "@trading/topic";
import { firstDifference } from "./hex-diff.js";
import { fromTagged } from "./tagged.js";
import type { Expectation, Vector } from "./vectors.js";

/** Returns whether a text is the expected one. */
export function isExpected(expect: Expectation, text: string): boolean {
  if ("text" in expect) return text === expect.text;
  if ("refused" in expect) return false;
  return text.length === expect.length && createHash("sha256").update(text).digest("hex") === expect.sha256;
}

/** Describes the difference between a wrong text and the expected one. */
export function describeDifference(vector: Vector, actual: string): string {
  const { expect } = vector;
  if ("text" in expect) return firstDifference(expect.text, actual);
  if ("refused" in expect) return `expected an error (${expect.refused})\ngot the text ${shorten(actual)}`;
  const expected = longText(vector);
  if (expected !== undefined) return firstDifference(expected, actual);
  return `expected a text of ${expect.length} characters with the SHA-256 ${expect.sha256}\ngot ${shorten(actual)}`;
}

/** Describes what is expected, in at most a few hundred characters. */
export function describeExpected({ expect }: Vector): string {
  if ("refused" in expect) return `the error ${expect.refused}`;
  if ("text" in expect) return shorten(expect.text);
  return `a text of ${expect.length} characters with the SHA-256 ${expect.sha256}`;
}

/** Cuts a text to a length that a reader can take in. */
export function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}

/** Builds a text of which the vector has only the hash, so that the first difference can be shown. */
function longText({ op, route, input, expect }: Vector): string | undefined {
  try {
    const value = fromTagged(input);
    if (op === "parse") return undefined;
    const text = op === "topic" ? buildTopic(route ?? "", value) : buildTopicParams(value);
    return isExpected(expect, text) ? text : undefined;
  } catch {
    return undefined;
  }
}
