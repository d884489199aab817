import { type CloseCode, closeCodes, reconnectAfter } from "@trading/topic";
import { expect, test } from "vitest";

const rows: readonly CloseCode[] = Object.values(closeCodes);

test("every reason fits a close frame", () => {
  for (const { reason } of rows) expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123);
});

test("base connections see RFC codes only, and a session's own codes keep to their ranges", () => {
  for (const { code, seenBy, reconnect } of rows) {
    if (seenBy !== "session") expect(code).toBeLessThan(4000);
    if (code >= 4000) expect(reconnect).toBe(code < 4100 ? "no" : code < 4200 ? "backoff" : "now");
    if (code !== 1003) expect(reconnectAfter(code, "")).toBe(reconnect);
  }
});

test("an old client does the right thing with a code it does not know", () => {
  expect([4099, 4199, 4299].map((code) => reconnectAfter(code, ""))).toEqual(["no", "backoff", "now"]);
  expect([1006, 3000, 4500].map((code) => reconnectAfter(code, ""))).toEqual(["backoff", "backoff", "backoff"]);
});

test("an origin server's 1003 is told apart by its reason, behind any prefix", () => {
  const timeout = "Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0";
  expect(reconnectAfter(1003, timeout)).toBe("now");
  expect(reconnectAfter(1003, `WebSocket error: ${timeout}`)).toBe("now");
  expect(reconnectAfter(1003, "No matching type")).toBe("backoff");
});
