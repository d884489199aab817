import { bars, trades } from "@trading/topic/shapes";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient } from "../src/index.js";
import { setUp } from "./helpers/harness.js";
import { tick } from "./helpers/memory-network.js";
import { AAPL, bar, subscribed, TOPIC } from "./helpers/subscribed.js";

test("accepts the names of the option routes", async () => {
  const { client, network } = setUp({ routes: { trades } } as never);
  network.socket.welcome();
  const handle = client.subscribe("trades", { symbol: "AAPL" }, () => {});
  expect([handle.topic, handle.status.state]).toEqual(['trades:{"symbol":"AAPL"}', "pending"]);
  expect(() => client.subscribe("toString", { symbol: "AAPL" }, () => {})).toThrow(/Unknown route "toString"/);
});

test("calls taps with frames, states and errors, and isolates those that throw", async () => {
  const kinds: string[] = [];
  const { client, network } = setUp();
  client.tap(() => {
    throw new Error("broken");
  })();
  const stop = client.tap(({ kind }) => kinds.push(kind));
  client.subscribe(trades, { symbol: "AAPL" }, () => {});
  network.socket.welcome();
  await tick();
  network.socket.confirm(network.socket.sent[0], 'trades:{"symbol":"AAPL"}', { epoch: "e", offset: 0 });
  network.socket.say("{");
  expect(kinds).toEqual(["state", "sent", "received", "received", "received", "error"]);
  stop();
  network.socket.end();
  expect(kinds).toHaveLength(6);
});

test("logs an error that onError throws", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  const { socket, received } = await subscribed({
    onError: () => {
      throw new Error("logging is broken");
    },
  });
  socket.say("{");
  expect(log).toHaveBeenCalledOnce();
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([bar(2)]);
});

test("has the default of an option that is undefined", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  const { socket } = await subscribed({ onError: undefined, random: undefined, codec: undefined } as never);
  socket.say("{");
  expect(log).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "invalid_message" }));
  expect(() =>
    createClient({ url: "ws://localhost", clock: undefined, pageEvents: undefined } as never).close(),
  ).not.toThrow();
});

test("removes timers, sockets and listeners on close, and rejects what waits", async () => {
  const { client, clock, socket, received, handle, errors } = await subscribed();
  const states: string[] = [];
  client.onState(({ status }) => states.push(status));
  const waiting = client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, () => {});
  await tick();
  client.close();
  client.close();
  expect(clock.pending).toBe(0);
  expect(socket.closedByClient).toBe(true);
  expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
  expect(states).toEqual(["closed"]);
  await expect(waiting.ready).rejects.toMatchObject({ code: "closed" });
  await handle.ready;
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([]);
  const after = client.subscribe(bars, AAPL, () => {});
  await expect(after.ready).rejects.toMatchObject({ code: "closed" });
  await tick();
  expect([clock.pending, errors]).toEqual([0, []]);
});

test("names the missing WebSocket and the invalid option", () => {
  const { network } = setUp();
  if (!("WebSocket" in globalThis)) {
    const lazy = createClient({ url: "ws://memory" });
    expect(() => lazy.subscribe(bars, AAPL, () => {})).toThrow(
      /No WebSocket.*pass one as the option "WebSocket", such as "ws"/,
    );
    expect(() => createClient({ url: "ws://memory", eager: true })).toThrow(
      /No WebSocket.*pass one as the option "WebSocket", such as "ws"/,
    );
  }
  expect(() => createClient({ url: "ws://memory", WebSocket: network.WebSocket, backoffMaxMs: -1 })).toThrow(
    'Invalid option "backoffMaxMs": expected a number >= 0, got -1',
  );
});
