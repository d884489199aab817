import { type CloseCode, closeCodes, reconnectAfter } from "@trading/topic";
import { expect, test } from "vitest";

const rows: readonly CloseCode[] = Object.values(closeCodes);

test("limits every reason to the 123 bytes of a close frame", () => {
  for (const { reason } of rows) expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123);
});

test("uses RFC codes on base connections and the documented ranges on session connections", () => {
  for (const { code, seenBy, reconnect } of rows) {
    if (seenBy !== "session") expect(code).toBeLessThan(4000);
    if (code >= 4000) expect(reconnect).toBe(code < 4100 ? "no" : code < 4200 ? "backoff" : "now");
    if (code !== 1003) expect(reconnectAfter(code, "")).toBe(reconnect);
  }
});

test("derives the reconnection of an unknown code from its range", () => {
  expect([4099, 4199, 4299].map((code) => reconnectAfter(code, ""))).toEqual(["no", "backoff", "now"]);
  expect([1006, 3000, 4500].map((code) => reconnectAfter(code, ""))).toEqual(["backoff", "backoff", "backoff"]);
});

test("distinguishes the 1003 closes of a legacy server by their reason, with any prefix", () => {
  const timeout = "Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0";
  expect(reconnectAfter(1003, timeout)).toBe("now");
  expect(reconnectAfter(1003, `WebSocket error: ${timeout}`)).toBe("now");
  expect(reconnectAfter(1003, "No matching type")).toBe("backoff");
});
