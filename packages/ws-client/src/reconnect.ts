import type { Reconnect } from "./backoff.js";

/**
 * What to do after a close. Session codes answer by their range, so that a code of tomorrow needs no new client. An
 * origin server says everything with 1003, and only its reason tells the heartbeat's end from a fault.
 */
export function reconnectAfter(code: number, reason: string): Reconnect {
  if (code >= 4000 && code < 4100) return "no";
  if (code >= 4200 && code < 4300) return "now";
  if (code === 1003 && reason.includes("Connection timed out")) return "now";
  if (code === 1012) return "now";
  return "back-off";
}
