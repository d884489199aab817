import type { Settings } from "../options.js";

/**
 * Returns how long to wait after a number of failed attempts, in milliseconds: exponential backoff with full jitter, that is,
 * a random moment in a window that doubles with each failure.
 *
 * Why full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param minWindowMs the minimum width of the window
 * @param maxWindowMs the maximum width otherwise. @default the option backoffMaxMs
 */
export function backoffMs(
  { backoffInitialMs, backoffMaxMs, random }: Pick<Settings, "backoffInitialMs" | "backoffMaxMs" | "random">,
  failures: number,
  minWindowMs = 0,
  maxWindowMs = backoffMaxMs,
): number {
  // mutant: jitter
  return random() * Math.max(minWindowMs, Math.min(maxWindowMs, backoffInitialMs * 2 ** failures));
}
