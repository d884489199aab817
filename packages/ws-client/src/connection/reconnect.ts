import type { Reconnect } from "@trading/topic";

/**
 * What to do after a close: the rule of the close-code table of `@trading/topic`, without the table's texts, which would
 * be a fifth of the bundle. A test holds the two together.
 */
export function reconnectAfter(code: number, reason: string): Reconnect {
  if (code === 1000 || code === 1008 || (code >= 4000 && code < 4100)) return "no";
  const isTimeout = code === 1003 && !isRejection(code, reason);
  return isTimeout || code === 1012 || (code >= 4200 && code < 4300) ? "now" : "backoff";
}

/** Whether a close says that the server could not take a frame. */
export function isRejection(code: number, reason: string): boolean {
  // An origin server says everything with 1003: only the reason tells the heartbeat's end from a fault.
  return code === 1003 && !reason.includes("Connection timed out");
}
