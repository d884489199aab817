import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRest } from "../src/rest/index.js";
import { systemClock } from "../src/timers.js";
import { setUp } from "./helpers/harness.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  // First the spy, which replaces a fake timer.
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const FAR = Number.MAX_SAFE_INTEGER;
const MONTH_MS = 30 * 24 * 3_600_000;

/** Fails if a timer is longer than platforms support: they run it immediately. */
function expectBounded() {
  const setTimer = vi.spyOn(globalThis, "setTimeout");
  return () => {
    expect(setTimer).toHaveBeenCalled();
    for (const [, delayMs] of setTimer.mock.calls) expect(delayMs).toBeLessThan(2 ** 31);
  };
}

test("every option, and every number of the server, is limited to what timers support", async () => {
  const expectAll = expectBounded();
  const { client, network } = setUp({
    clock: systemClock,
    backoffInitialMs: FAR,
    backoffMaxMs: FAR,
    connectTimeoutMs: FAR,
    replyTimeoutMs: FAR,
    heartbeatIntervalMs: FAR,
    tokenTimeoutMs: FAR,
    idleTimeoutMs: FAR,
    getToken: () => new Promise(() => {}),
  });
  const queued = client.request({ name: "a" }, {}, { queue: { id: "1", ttlMs: MONTH_MS } });
  network.socket.welcome({ heartbeatIntervalMs: FAR });
  const sent = client.request({ name: "b", access: "public" }, {}, { timeoutMs: Number.POSITIVE_INFINITY });
  network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: FAR } });
  vi.advanceTimersByTime(1_000);
  expect(client.state.status).toBe("connected");
  expect(client.inspect()).toMatchObject({ queued: 1, unanswered: 1 });
  expectAll();
  client.close();
  await expect(queued).rejects.toMatchObject({ code: "closed" });
  await expect(sent).rejects.toMatchObject({ code: "connection_lost" });
});

test("the time limit of a REST request is limited to what timers support", async () => {
  const expectAll = expectBounded();
  const fetch = async () => new Response("{}", { headers: { "content-type": "application/json" } });
  await createRest({ baseUrl: "http://host", fetch, timeoutMs: FAR })
    .config()
    .catch(() => {});
  expectAll();
});
