import type { Settings } from "../options.js";

/**
 * How long to wait after so many attempts that failed: exponential backoff with full jitter, a random moment of a window
 * that doubles. In milliseconds.
 *
 * Why full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param leastMs the window is at least that wide
 */
export function backoffMs({ backoffInitialMs, backoffMaxMs, random }: Settings, failures: number, leastMs = 0): number {
  return random() * Math.max(leastMs, Math.min(backoffMaxMs, backoffInitialMs * 2 ** failures));
}
