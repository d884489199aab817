// @vitest-environment happy-dom

import { orders } from "@trading/topic/shapes";
import { Component, type ReactNode, Suspense } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import type { ClientError } from "../../src/index.js";
import { ClientProvider, useOrders, useQuote, useTopic } from "../../src/react/index.js";
import { keyed } from "../helpers/confirmations.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { render } from "./page.js";

const ACCOUNT = { accountId: "A-1" };
const ORDERS = 'orders:{"accountId":"A-1"}';
const QUOTES = 'quotes:{"fast_symbols":["AAPL"],"symbols":[]}';

class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};
  static getDerivedStateFromError = (error: Error) => ({ error });
  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <button type="button" onClick={() => this.setState({ error: undefined as never })}>
        {(error as ClientError).code}
      </button>
    );
  }
}

function Ids() {
  const { items } = useOrders(ACCOUNT, { suspense: true });
  return <p>{items.map(({ id }) => id).join(",") || "none"}</p>;
}

function Status({ throwOnError }: { throwOnError: boolean | ((error: ClientError) => boolean) }) {
  const { status } = useTopic(orders, ACCOUNT, { throwOnError });
  return <p>{status}</p>;
}

function Price() {
  return <p>{useQuote("AAPL", { suspense: true }).value?.n}</p>;
}

const page = (child: ReactNode) => (
  <Boundary>
    <Suspense fallback="loading">{child}</Suspense>
  </Boundary>
);

test("suspends until the snapshot is complete, with one subscription", async () => {
  const { container, socket, during, sent } = await render(page(<Ids />), { session: true });
  expect(container.textContent).toBe("loading");
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.update(ORDERS, { id: "a" }, 1));
  expect(container.textContent).toBe("loading");
  await during(() => socket.current(ORDERS, "e1", 1));
  expect(container.textContent).toBe("a");
  expect(sent()).toEqual(["orders.subscribe"]);
});

test("keeps the subscription until the component is rendered, and ends it with the component", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  const { socket, during, show, client } = await render(page(<Ids />), { session: true });
  const topics = () => client.inspect().topics.length;
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.current(ORDERS, "e1", 0));
  await during(() => vi.advanceTimersByTime(10_000));
  expect(topics()).toBe(1);
  await show(null);
  expect(topics()).toBe(0);

  // Removed while it suspends: the subscription ends a while after its data arrived.
  await show(page(<Ids />));
  await show(null);
  expect(topics()).toBe(1);
  await during(() => socket.confirm(socket.sent.at(-1), ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.current(ORDERS, "e1", 0));
  await during(() => vi.advanceTimersByTime(10_000));
  vi.useRealTimers();
  await during(() => {});
  expect(topics()).toBe(0);
});

test("throws a refusal to the error boundary, and subscribes again when it is reset", async () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => {});
  const { container, socket, during } = await render(page(<Ids />), { session: true });
  await during(() => socket.refuse(socket.sent[0], { code: "forbidden", topic: ORDERS }));
  expect(container.textContent).toBe("forbidden");
  // The store is released in the next task.
  await during(() => {});
  await during(() => container.querySelector("button")?.click());
  report.mockRestore();
  expect(container.textContent).toBe("loading");
  expect(socket.sent.map(({ type }) => type)).toEqual(["orders.subscribe", "orders.subscribe"]);
  await during(() => socket.confirm(socket.sent[1], ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.current(ORDERS, "e1", 0));
  expect(container.textContent).toBe("none");
});

test("throws an error without suspending if the option says so, and returns it otherwise", async () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => {});
  const show = (throwOnError: boolean | ((error: ClientError) => boolean)) => (
    <Boundary>
      <Status throwOnError={throwOnError} />
    </Boundary>
  );
  for (const [option, expected] of [
    [false, "error"],
    [true, "forbidden"],
    [({ code }: ClientError) => code !== "forbidden", "error"],
  ] as const) {
    const { container, socket, during } = await render(show(option), { session: true });
    expect(container.textContent).toBe("pending");
    await during(() => socket.refuse(socket.sent[0], { code: "forbidden", topic: ORDERS }));
    expect(container.textContent).toBe(expected);
  }
  report.mockRestore();
});

test("suspends for a quote", async () => {
  const { container, socket, during } = await render(page(<Price />), { session: true });
  await during(() => socket.confirm(socket.sent[0], QUOTES, keyed(0, { snapshot: true })));
  await during(() => socket.update(QUOTES, { s: "ok", n: "AAPL", v: { lp: 1 } }, 1));
  expect(container.textContent).toBe("AAPL");
});

test("renders the fallback on a server, without a subscription", async () => {
  vi.stubGlobal("window", undefined);
  const { client } = setUp();
  const html = renderToString(<ClientProvider client={client}>{page(<Ids />)}</ClientProvider>);
  vi.unstubAllGlobals();
  await tick();
  expect(html).toContain("loading");
  expect(client.inspect().topics).toEqual([]);
});
