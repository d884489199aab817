import { buildTopicParams, TopicError } from "@trading/topic";
import type { BatchResult } from "../protocol.js";
import { fromTagged } from "../tagged.js";

/** Returns the text of a tagged value according to `@trading/topic`, or its error code. */
export function referenceResult(tagged: unknown): BatchResult {
  try {
    return buildTopicParams(fromTagged(tagged));
  } catch (error) {
    if (error instanceof TopicError) return { error: error.code };
    throw error;
  }
}

/** Returns whether an implementation returned the result of the reference. */
export function isSame(expected: BatchResult, actual: BatchResult, hasCodes: boolean): boolean {
  if (typeof expected === "string" || typeof actual === "string") return expected === actual;
  return !hasCodes || expected.error === actual.error;
}
