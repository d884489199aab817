import { ModernFakeTimers } from "@jest/fake-timers";
import { bars } from "@trading/topic/shapes";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createClient } from "../../src/index.js";
import { ManualClock, MemoryServer, play, record } from "../../src/testing/index.js";

const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const bar = (time: number) => ({ time, open: 1, high: 9, low: 0, close: 1, volume: 1 });

/** Fake timers that replace everything except `process.nextTick`, without which Vitest cannot report. */
const RUNNERS = {
  vitest: {
    install: () =>
      vi.useFakeTimers({
        toFake: [
          "setTimeout",
          "clearTimeout",
          "setInterval",
          "clearInterval",
          "setImmediate",
          "clearImmediate",
          "queueMicrotask",
          "performance",
          "Date",
        ],
      }),
    uninstall: () => vi.useRealTimers(),
    advance: (ms: number) => vi.advanceTimersByTimeAsync(ms),
  },
  Jest: jestTimers(),
};

/** Jest's `jest.useFakeTimers()`. */
function jestTimers() {
  let timers: ModernFakeTimers | undefined;
  return {
    install() {
      const config = { rootDir: ".", fakeTimers: {} } as ConstructorParameters<typeof ModernFakeTimers>[0]["config"];
      timers = new ModernFakeTimers({ config, global: globalThis });
      // biome-ignore lint/correctness/useHookAtTopLevel: not a hook
      timers.useFakeTimers({ doNotFake: ["nextTick"] });
    },
    uninstall() {
      // biome-ignore lint/correctness/useHookAtTopLevel: not a hook
      timers?.useRealTimers();
      timers = undefined;
    },
    advance: (ms: number) => (timers as ModernFakeTimers).advanceTimersByTimeAsync(ms),
  };
}

describe.each(["vitest", "Jest"] as const)("with the fake timers of %s", (runner) => {
  const timers = RUNNERS[runner];
  beforeEach(() => void timers.install());
  afterEach(() => void timers.uninstall());

  test("settled() waits until the server's and the client's frames have arrived", async () => {
    const server = new MemoryServer({ routes: { bars } });
    const client = createClient({ url: "ws://memory", WebSocket: server.WebSocket, getToken: () => "a token" });
    const times: number[] = [];
    const stop = client.subscribe(bars, AAPL, ({ time }) => times.push(time));
    await server.settled();
    expect(server.frames.map(({ type }) => type).sort()).toEqual(["auth.login", "bars.subscribe"]);
    expect(stop.status.state).toBe("live");
    server.publish(bars, AAPL, bar(60));
    await server.settled();
    expect(times).toEqual([60]);
    stop();
    await server.settled();
    expect(server.subscriptions).toEqual([]);
    client.close();
    await server.settled();
    expect(server.connections).toBe(0);
  });

  test("the fake timers control the client's own, such as its backoff", async () => {
    const server = new MemoryServer({ routes: { bars } });
    const client = createClient({ url: "ws://memory", WebSocket: server.WebSocket, random: () => 0.5 });
    await client.subscribe(bars, AAPL, () => {}).ready;
    server.drop();
    await server.settled();
    await timers.advance(499);
    expect(server.connections).toBe(0);
    await timers.advance(1);
    await server.settled();
    expect(server.subscriptions).toHaveLength(1);
    client.close();
  });

  test("a manual clock lets the server reply at each moment", async () => {
    const server = new MemoryServer({ routes: { bars } });
    const clock = new ManualClock();
    const { WebSocket } = server;
    const client = createClient({ url: "ws://memory", WebSocket, clock, random: () => 0.5 });
    const times: number[] = [];
    client.subscribe(bars, AAPL, ({ time }) => times.push(time));
    await clock.advanceAsync(0);
    server.drop();
    server.publish(bars, AAPL, bar(60));
    await clock.advanceAsync(1_000);
    expect(times).toEqual([60]);
    client.close();
  });

  test("a recording is played", async () => {
    const server = new MemoryServer({ routes: { bars } });
    const client = createClient({ url: "ws://memory", WebSocket: server.WebSocket });
    const recorder = record(client);
    await client.subscribe(bars, AAPL, () => {}).ready;
    server.publish(bars, AAPL, bar(60));
    await server.settled();
    client.close();
    const clock = new ManualClock();
    const offline = createClient({
      url: "ws://memory",
      WebSocket: play(recorder.stop(), { clock }),
      clock,
    });
    const times: number[] = [];
    offline.subscribe(bars, AAPL, ({ time }) => times.push(time));
    await clock.advanceAsync(60_000);
    expect(times).toEqual([60]);
    offline.close();
  });

  test("a manual clock reaches the end of a turn", async () => {
    await new Promise<void>((resolve) => new ManualClock().endOfTurn(resolve));
  });
});
