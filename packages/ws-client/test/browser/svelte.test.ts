/// <reference path="../svelte/snippets.d.ts" />

import { snippets } from "virtual:svelte-snippets";
import { bars, orders, trades } from "@trading/topic/shapes";
import { type Component, flushSync, hydrate, mount, unmount } from "svelte";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { type ClientOptions, createClient } from "../../src/index.js";
import { keyed } from "../helpers/confirmations.js";
import { EXAMPLE_PROPS, exampleServer } from "../helpers/document-examples.js";
import { setUp } from "../helpers/harness.js";
import { ManualFrames } from "../helpers/manual-frames.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar } from "../helpers/subscribed.js";
import Close from "../svelte/close.svelte";
import Connection from "../svelte/connection.svelte";
import Page from "../svelte/page.svelte";
import Provide from "../svelte/provide.svelte";
import Rows from "../svelte/rows.svelte";

const MSFT = { symbol: "MSFT", resolution: "1" } as const;
const BARS = bars.buildTopic(AAPL);
const ORDERS = orders.buildTopic({ accountId: "A-1" });
const TRADES = trades.buildTopic({ symbol: "AAPL" });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Returns a connected client of a session on an in-memory network, under which components are mounted. */
async function connected(options: Partial<ClientOptions> = {}) {
  const set = setUp(options);
  const frames = new ManualFrames();
  vi.stubGlobal("requestAnimationFrame", frames.request);
  const target = document.createElement("div");
  /** Runs an action, and waits for the client and Svelte, without running a frame. */
  const before = async (action: () => void) => {
    action();
    await tick();
    flushSync();
  };
  /** Runs an action, then a frame. */
  const during = async (action: () => void) => {
    await before(action);
    frames.paint();
    flushSync();
    await tick();
  };
  await during(() => set.network.socket.welcome());
  return {
    ...set,
    frames,
    target,
    before,
    during,
    socket: set.network.socket,
    shown: () => target.textContent?.trim(),
    /** The types of the frames sent on all sockets. */
    sent: () => set.network.sockets.flatMap(({ sent }) => sent.map(({ type }) => type)),
    /** Mounts a component. @returns its exports and a function that unmounts it */
    async show(Child: Component<never>, rest: object = {}) {
      const context = new Map([[Symbol.for("@trading/ws-client/svelte"), set.client]]);
      const shown = mount(Child as Component<object>, { target, props: rest, context }) as { set(next: unknown): void };
      let isMounted = true;
      const end = async () => {
        if (isMounted) await unmount(shown);
        isMounted = false;
        await tick();
      };
      onTestFinished(end);
      await during(() => {});
      return { ...shown, end };
    },
    /** Closes the connection and opens the next one. */
    async reconnect() {
      await during(() => set.network.socket.end());
      await during(() => set.clock.advance(1_000));
      await during(() => set.network.socket.welcome());
      return set.network.socket;
    },
  };
}

test("renders the status and the latest update, once a frame", async () => {
  const { socket, before, during, show, shown, frames } = await connected();
  vi.useFakeTimers({ now: 5_000, toFake: ["Date"] });
  await show(Close, { initial: AAPL });
  expect(shown()).toBe("none pending");
  await during(() => socket.confirm(socket.sent[0], BARS, keyed(0, { snapshot: true })));
  expect(shown()).toBe("none syncing");
  await during(() => socket.current(BARS, "e1", 0));
  for (let close = 1; close <= 100; close++) await before(() => socket.update(BARS, bar(close), close));
  expect([shown(), frames.pending]).toEqual(["none live", 1]);
  await during(() => {});
  expect(shown()).toBe("100 live  5000");
});

test("renders without a frame with flush: immediate", async () => {
  const { socket, before, show, shown, frames } = await connected();
  await show(Close, {
    initial: AAPL,
    options: { flush: "immediate", select: ({ close }: { close: number }) => ({ close }) },
  });
  await before(() => socket.confirm(socket.sent[0], BARS));
  await before(() => socket.update(BARS, bar(2), 1));
  expect([shown()?.slice(0, 6), frames.pending]).toEqual(["2 live", 0]);
});

test("follows the parameters, and sends nothing for equal ones", async () => {
  const { socket, during, show, shown } = await connected();
  const page = await show(Close, { initial: null });
  expect([shown(), socket.sent]).toEqual(["none skipped", []]);
  await during(() => page.set(AAPL));
  await during(() => page.set({ ...AAPL }));
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => socket.update(BARS, bar(2), 1));
  expect(shown()).toMatch(/^2 live/);
  await during(() => page.set(MSFT));
  expect(shown()).toBe("none pending");
  await during(() => page.set(null));
  expect(shown()).toBe("none skipped");
  expect(socket.sent.map(({ type, payload }) => `${type} ${payload.symbol}`)).toEqual([
    "bars.subscribe AAPL",
    "bars.subscribe MSFT",
    "bars.unsubscribe AAPL",
    "bars.unsubscribe MSFT",
  ]);
});

test("components share a subscription and a list, which end with the last of them", async () => {
  const { socket, during, show, shown, sent } = await connected();
  const props = { route: trades, params: { symbol: "AAPL" } };
  const first = await show(Rows, props);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }, 1));
  const second = await show(Rows, props);
  expect([shown(), sent()]).toEqual(["a live true 0a live true 0", ["trades.subscribe"]]);
  await during(() => void first.end());
  expect(sent()).toEqual(["trades.subscribe"]);
  await during(() => void second.end());
  expect(sent()).toEqual(["trades.subscribe", "trades.unsubscribe"]);
});

test("shows rows while a snapshot arrives, and keeps them over a gap", async () => {
  const { socket, during, show, reconnect, shown } = await connected();
  await show(Rows, { route: orders, params: { accountId: "A-1" } });
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.update(ORDERS, { id: "a" }, 1));
  expect(shown()).toBe("a syncing false 0");
  await during(() => socket.update(ORDERS, { id: "b" }, 2));
  await during(() => socket.current(ORDERS, "e1", 2));
  expect(shown()).toBe("a,b live true 0");
  const next = await reconnect();
  expect(shown()).toBe("a,b pending true 0");
  await during(() => next.confirm(next.sent[0], ORDERS, keyed(0, { epoch: "e2", snapshot: true, recovered: false })));
  await during(() => next.update(ORDERS, { id: "b" }, 1));
  expect(shown()).toBe("a,b syncing true 0");
  await during(() => next.current(ORDERS, "e2", 1));
  expect(shown()).toBe("b live true 0");
});

test("select and isEqual decide what renders, and a refusal keeps the value", async () => {
  const renders: unknown[] = [];
  const { socket, during, show, shown, reconnect } = await connected();
  await show(Close, {
    initial: AAPL,
    onRender: (value: unknown) => renders.push(value),
    options: {
      select: ({ close }: { close: number }) => ({ close }),
      isEqual: (one: { close: number }, other: { close: number }) => one.close === other.close,
    },
  });
  await during(() => socket.confirm(socket.sent[0], BARS));
  renders.splice(0);
  await during(() => socket.update(BARS, bar(2), 1));
  await during(() => socket.update(BARS, bar(2), 2));
  await during(() => socket.update(BARS, bar(3), 3));
  expect(renders).toEqual([{ close: 2 }, { close: 3 }]);
  const next = await reconnect();
  await during(() => next.refuse(next.sent[0], { code: "forbidden", topic: BARS }));
  expect(shown()).toMatch(/^3 error forbidden/);
});

test("throws invalid parameters while rendering", async () => {
  const { show } = await connected();
  await expect(show(Close, { initial: { symbol: "\ud800", resolution: "1" } })).rejects.toThrow("lone_surrogate");
});

test("follows the connection", async () => {
  const { during, show, shown, network } = await connected();
  await show(Connection);
  expect(shown()).toBe("connected");
  await during(() => network.socket.end());
  expect(shown()).toBe("connecting");
});

test("names the missing client", () => {
  expect(() => mount(Connection, { target: document.createElement("div") })).toThrow(
    "No client: call provideClient(client) in a parent component",
  );
});

test("hydrates what the server rendered, even if the client already has updates", async () => {
  const { client, socket, during, target, sent } = await connected();
  const stop = client.subscribe(bars, AAPL, () => {});
  await during(() => {});
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => socket.update(BARS, bar(2), 1));
  // As test/svelte/server-rendering.test.ts checks.
  target.innerHTML = "<!--[--><p>none pending</p> <p> pending false 0</p><!----> <p>disconnected</p><!----><!--]-->";
  const { firstElementChild } = target;
  const warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
  const context = new Map([[Symbol.for("@trading/ws-client/svelte"), client]]);
  const page = hydrate(Page, { target, context });
  await during(() => {});
  expect([...target.children].map(({ textContent }) => textContent)).toEqual([
    "2 live",
    " pending false 0",
    "connected",
  ]);
  expect([target.firstElementChild === firstElementChild, warnings.mock.calls]).toEqual([true, []]);
  await unmount(page);
  stop();
  await tick();
  expect(sent()).toEqual(["bars.subscribe", "trades.subscribe", "trades.unsubscribe", "bars.unsubscribe"]);
  warnings.mockRestore();
});

test("the documents' code blocks render the text in their comments", async () => {
  for (const { name, shows, Component: Child } of snippets.filter(({ shows }) => shows !== null)) {
    const server = exampleServer();
    const client = createClient({ url: "ws://memory/ws", WebSocket: server.WebSocket, getToken: () => "any" });
    client.connect();
    const target = document.createElement("div");
    const page = mount(Provide, { target, props: { client, Child, rest: EXAMPLE_PROPS } });
    await vi.waitFor(() => expect(target.textContent?.trim(), name).toBe(shows), { timeout: 120_000 });
    await unmount(page);
    client.close();
  }
  expect(snippets.length).toBeGreaterThan(4);
});
