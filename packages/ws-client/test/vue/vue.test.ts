// @vitest-environment happy-dom

import { bars, orders, trades } from "@trading/topic/shapes";
import { afterEach, expect, test, vi } from "vitest";
import { createSSRApp, defineComponent, effectScope, h, nextTick, ref, shallowRef } from "vue";
import { renderToString } from "vue/server-renderer";
import { createClient } from "../../src/index.js";
import { clientKey, useCollection, useConnection, useTopic } from "../../src/vue/index.js";
import { keyed } from "../helpers/confirmations.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar } from "../helpers/subscribed.js";
import { component, mount } from "./app.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

const MSFT = { symbol: "MSFT", resolution: "1" } as const;
const BARS = bars.buildTopic(AAPL);
const ORDERS = orders.buildTopic({ accountId: "A-1" });
const TRADES = trades.buildTopic({ symbol: "AAPL" });

const Close = component(() => {
  const { value, status } = useTopic(bars, AAPL);
  return () => `${value.value?.close ?? "none"} ${status.value}`;
});

test("renders the status and the latest update, once a frame", async () => {
  const { socket, before, during, shown, frames } = await mount(Close);
  expect(shown()).toBe("none pending");
  await during(() => socket.confirm(socket.sent[0], BARS, keyed(0, { snapshot: true })));
  expect(shown()).toBe("none syncing");
  await during(() => socket.current(BARS, "e1", 0));
  for (let close = 1; close <= 100; close++) await before(() => socket.update(BARS, bar(close), close));
  expect([shown(), frames.pending]).toEqual(["none live", 1]);
  await during(() => {});
  expect(shown()).toBe("100 live");
});

test("renders without a frame with flush: immediate", async () => {
  const { socket, before, shown, frames } = await mount(
    component(() => {
      const { value } = useTopic(bars, AAPL, { flush: "immediate" });
      return () => value.value?.close;
    }),
  );
  await before(() => socket.confirm(socket.sent[0], BARS));
  await before(() => socket.update(BARS, bar(2), 1));
  expect([shown(), frames.pending]).toEqual(["2", 0]);
});

test("follows the parameters, and sends nothing for equal ones", async () => {
  const params = shallowRef<typeof AAPL | typeof MSFT | null>(null);
  const { socket, during, shown } = await mount(
    component(() => {
      const { value, status } = useTopic(bars, params);
      return () => `${value.value?.close ?? "none"} ${status.value}`;
    }),
  );
  expect([shown(), socket.sent]).toEqual(["none skipped", []]);
  const set = (next: typeof params.value) =>
    during(() => {
      params.value = next;
    });
  await set(AAPL);
  await set({ ...AAPL });
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => socket.update(BARS, bar(2), 1));
  expect(shown()).toBe("2 live");
  await set(MSFT);
  expect(shown()).toBe("none pending");
  await set(null);
  expect(shown()).toBe("none skipped");
  expect(socket.sent.map(({ type, payload }) => `${type} ${payload.symbol}`)).toEqual([
    "bars.subscribe AAPL",
    "bars.subscribe MSFT",
    "bars.unsubscribe AAPL",
    "bars.unsubscribe MSFT",
  ]);
});

test("components share a subscription and a list, which end with the last of them", async () => {
  const count = ref(1);
  const List = component(() => {
    const { items } = useCollection(trades, { symbol: "AAPL" });
    return () => items.value.map(({ id }) => id).join();
  });
  const Lists = defineComponent(() => () => Array.from({ length: count.value }, (_, key) => h(List, { key })));
  const { socket, during, shown, sent } = await mount(Lists);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }, 1));
  await during(() => {
    count.value = 2;
  });
  expect([shown(), sent()]).toEqual(["aa", ["trades.subscribe"]]);
  await during(() => {
    count.value = 0;
  });
  expect(sent()).toEqual(["trades.subscribe", "trades.unsubscribe"]);
});

test("shows rows while a snapshot arrives, and keeps them over a gap", async () => {
  const { socket, during, reconnect, shown } = await mount(
    component(() => {
      const { items, isComplete, status, gaps } = useCollection(orders, { accountId: "A-1" });
      return () => [items.value.map(({ id }) => id), status.value, isComplete.value, gaps.value].join(" ");
    }),
  );
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

test("select and isEqual decide what renders", async () => {
  const renders: string[] = [];
  const { socket, during } = await mount(
    component(() => {
      const { value } = useTopic(bars, AAPL, {
        select: ({ close }) => ({ close }),
        isEqual: (one, other) => one.close === other.close,
      });
      return () => renders.push(`${value.value?.close}`);
    }),
  );
  await during(() => socket.confirm(socket.sent[0], BARS));
  renders.splice(0);
  await during(() => socket.update(BARS, bar(2), 1));
  await during(() => socket.update(BARS, bar(2), 2));
  await during(() => socket.update(BARS, bar(3), 3));
  expect(renders).toEqual(["2", "3"]);
});

test("reports a refusal, and when the data arrived", async () => {
  vi.useFakeTimers({ now: 5_000, toFake: ["Date"] });
  const { socket, during, shown, reconnect } = await mount(
    component(() => {
      const { dataUpdatedAt, error, value } = useTopic(bars, AAPL);
      return () => `${value.value?.close} ${dataUpdatedAt.value} ${error.value?.code}`;
    }),
  );
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => socket.update(BARS, bar(2), 1));
  expect(shown()).toBe("2 5000 undefined");
  const next = await reconnect();
  await during(() => next.refuse(next.sent[0], { code: "forbidden", topic: BARS }));
  expect(shown()).toBe("2 5000 forbidden");
  vi.useRealTimers();
});

test("throws invalid parameters in setup", async () => {
  const errors: unknown[] = [];
  await mount(
    component(() => {
      useTopic(bars, { symbol: "\ud800", resolution: "1" });
      return () => "";
    }),
    { errors },
  );
  expect(errors).toMatchObject([{ name: "TopicError", code: "lone_surrogate" }]);
});

test("ends the subscription when the effect scope is stopped, in a component and outside", async () => {
  const scope = effectScope();
  const { app, during, socket, sent } = await mount(
    component(() => {
      scope.run(() => useTopic(bars, AAPL));
      return () => "";
    }),
  );
  const outside = effectScope();
  const read = app.runWithContext(() => outside.run(() => useTopic(bars, AAPL, { flush: "immediate" })));
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => socket.update(BARS, bar(2), 1));
  expect(read?.value.value?.close).toBe(2);
  await during(() => scope.stop());
  expect(sent()).toEqual(["bars.subscribe"]);
  await during(() => outside.stop());
  expect(sent()).toEqual(["bars.subscribe", "bars.unsubscribe"]);
});

const Connection = component(() => {
  const state = useConnection();
  return () => state.value.status;
});

test("follows the connection while it is mounted", async () => {
  const isShown = ref(false);
  const { client, during, network, shown } = await mount(
    defineComponent(() => () => (isShown.value ? h(Connection) : null)),
  );
  const { onState } = client;
  let listeners = 0;
  const counted: typeof onState = (listener) => {
    const stop = onState(listener);
    listeners += 1;
    return Object.assign(() => {
      listeners -= 1;
      stop();
    }, stop);
  };
  Object.defineProperty(client, "onState", { value: counted });
  await during(() => {
    isShown.value = true;
  });
  expect([shown(), listeners]).toEqual(["connected", 1]);
  await during(() => network.socket.end());
  expect(shown()).toBe("connecting");
  await during(() => {
    isShown.value = false;
  });
  expect(listeners).toBe(0);
});

test("names the missing client", () => {
  expect(() => effectScope().run(() => createSSRApp(Connection).runWithContext(() => useConnection()))).toThrow(
    "No client: call app.provide(clientKey, client) before app.mount()",
  );
});

const Page = component(() => {
  const { value, status } = useTopic(bars, AAPL);
  const { items } = useCollection(trades, { symbol: "AAPL" });
  const state = useConnection();
  return () => `${value.value?.close} ${status.value} ${items.value.length} ${state.value.status}`;
});

test("renders on a server without a WebSocket or a subscription, and hydrates without a mismatch", async () => {
  const server = createClient({ url: "ws://memory/api/v1/ws" });
  const html = await renderToString(createSSRApp(Page).provide(clientKey, server));
  await tick();
  expect([html, server.inspect().topics]).toEqual(["<p>undefined pending 0 disconnected</p>", []]);

  vi.stubGlobal("requestAnimationFrame", undefined);
  const { client, network } = setUp();
  network.socket.accept();
  const stop = client.subscribe(bars, AAPL, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], BARS);
  network.socket.update(BARS, bar(2));
  const container = document.createElement("div");
  container.innerHTML = html;
  const { firstChild } = container;
  const warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const app = createSSRApp(Page).provide(clientKey, client);
  app.mount(container);
  await nextTick();
  expect([container.textContent, container.firstChild === firstChild]).toEqual(["2 live 0 connected", true]);
  expect([...warnings.mock.calls, ...errors.mock.calls]).toEqual([]);
  vi.restoreAllMocks();
  app.unmount();
  stop();
});
