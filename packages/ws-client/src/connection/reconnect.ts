import type { Reconnect } from "@trading/topic";

/**
 * Returns what to do after a close. The rule is that of the close-code table in `@trading/topic`; it is repeated here without
 * the table's texts, which would be a fifth of the bundle. A test compares the two for every code.
 */
export function reconnectAfter(code: number, reason: string): Reconnect {
  if (code === 1000 || code === 1008 || (code >= 4000 && code < 4100)) return "no";
  const isTimeout = code === 1003 && !isRejection(code, reason);
  return isTimeout || code === 1012 || (code >= 4200 && code < 4300) ? "now" : "backoff";
}

/** Returns whether a server closed the connection because it could not accept a frame. */
export function isRejection(code: number, reason: string): boolean {
  // A legacy server uses 1003 for every close: only the reason distinguishes a missed heartbeat from a rejected frame.
  return code === 1003 && !reason.includes("Connection timed out");
}
