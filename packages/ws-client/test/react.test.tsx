// @vitest-environment happy-dom

import { bars as wholeBars } from "@trading/topic";
import { bars, quotes } from "@trading/topic/shapes";
import { act, Component, type ReactNode, StrictMode, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeAll, expect, test } from "vitest";
import { ClientProvider, useConnection, useTopic, useTopicEvents } from "../src/react/index.js";
import { setUp } from "./helpers/harness.js";
import { type MemorySocket, tick } from "./helpers/memory-network.js";

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';
const bar = (close: number) => ({ time: 1, open: 1, high: 9, low: 1, close, volume: 10 });

beforeAll(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
});

const roots: Root[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await act(async () => root.unmount());
});

/** Renders under a client in memory. `during` runs something and lets React settle. */
async function render(page: ReactNode) {
  const set = setUp();
  const container = document.createElement("div");
  const root = createRoot(container);
  roots.push(root);
  const during = (what: () => void) =>
    act(async () => {
      what();
      await tick();
    });
  const show = (node: ReactNode) =>
    during(() => root.render(<ClientProvider client={set.client}>{node}</ClientProvider>));
  await show(page);
  await during(() => set.network.socket.accept());
  return { ...set, socket: set.network.socket as MemorySocket, container, root, during, show };
}

function Close({ symbol = "AAPL" }: { symbol?: string }) {
  const { value, status, error } = useTopic(bars, { symbol, resolution: "1" });
  return <p>{`${value?.close ?? "none"} ${status}${error ? ` ${error.code}` : ""}`}</p>;
}

function WholeClose({ symbol }: { symbol: string }) {
  return <p>{useTopic(wholeBars, { symbol, resolution: "1" }).value?.close}</p>;
}

function Events({ onRender, onQuote }: { onRender: () => void; onQuote: (name: string) => void }) {
  onRender();
  useTopicEvents(quotes, { symbols: ["A", "B"], fast_symbols: [] }, ({ n }) => onQuote(n));
  return null;
}

function State() {
  const { status, reason } = useConnection();
  return <p>{`${status}: ${reason}`}</p>;
}

function Switch() {
  const [symbol, setSymbol] = useState("AAPL");
  return (
    <button type="button" onClick={() => setSymbol("MSFT")}>
      <Close symbol={symbol} />
    </button>
  );
}

class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};
  static getDerivedStateFromError(error: Error) {
    return { message: error.message };
  }
  override render() {
    return this.state.message ?? this.props.children;
  }
}

test("useTopic renders the status and each update", async () => {
  const { container, socket, during } = await render(<Close />);
  expect(container.textContent).toBe("none pending");
  await during(() => socket.confirm(socket.sent[0], AAPL));
  expect(container.textContent).toBe("none live");
  await during(() => socket.update(AAPL, bar(2)));
  expect(container.textContent).toBe("2 live");
  await during(() => socket.update(AAPL, bar(3)));
  expect(container.textContent).toBe("3 live");
  await during(() => socket.end());
  expect(container.textContent).toBe("3 pending");
});

test("an error of the topic is rendered", async () => {
  const { container, socket, during } = await render(<Close />);
  const payload = { status: "error", message: "daily data only", code: "resolution_too_fine", topic: AAPL };
  await during(() => socket.say({ type: "bars.subscribe.response", payload, id: 1 }));
  expect(container.textContent).toBe("none error resolution_too_fine");
});

test("a StrictMode double mount sends one subscribe", async () => {
  const { socket, root, during } = await render(
    <StrictMode>
      <Close />
      <Close />
    </StrictMode>,
  );
  expect(socket.sent.map(({ type }) => type)).toEqual(["bars.subscribe"]);
  await during(() => root.render(null));
  expect(socket.sent.map(({ type }) => type)).toEqual(["bars.subscribe", "bars.unsubscribe"]);
});

test("a later component shows at once what an earlier one was told", async () => {
  const { container, socket, during, show } = await render(<Close key="first" />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await show([<Close key="first" />, <Close key="second" />]);
  expect(container.textContent).toBe("2 live2 live");
  expect(socket.sent).toHaveLength(1);
});

test("other parameters are another topic, and the old value is gone", async () => {
  const { container, socket, during, show } = await render(<Close />);
  await during(() => socket.update(AAPL, bar(2)));
  await show(<Close symbol="MSFT" />);
  expect(container.textContent).toBe("none pending");
  expect(socket.sent.map(({ type, payload }) => `${type} ${payload.symbol}`)).toEqual([
    "bars.subscribe AAPL",
    "bars.unsubscribe AAPL",
    "bars.subscribe MSFT",
  ]);
});

test("useTopicEvents hands over every update, to the newest callback, without rendering", async () => {
  const seen: string[] = [];
  let renders = 0;
  const hear = (tag: string) => ({
    onRender: () => {
      renders += 1;
    },
    onQuote: (name: string) => seen.push(tag + name),
  });
  const { socket, during, show } = await render(<Events {...hear("1")} />);
  const topic = 'quotes:{"fast_symbols":[],"symbols":["A","B"]}';
  await during(() => socket.confirm(socket.sent[0], topic));
  const before = renders;
  await during(() => {
    for (const n of ["A", "B", "A"]) socket.update(topic, { n });
  });
  expect([seen.splice(0), renders]).toEqual([["1A", "1B", "1A"], before]);
  await show(<Events {...hear("2")} />);
  await during(() => socket.update(topic, { n: "B" }));
  expect(seen).toEqual(["2B"]);
  expect(socket.sent).toHaveLength(1);
});

test("useConnection renders the state and its reason", async () => {
  const { container, socket, during } = await render(<State />);
  expect(container.textContent).toBe("connected: Connected to ws://memory/api/v1/ws");
  await during(() => socket.end());
  expect(container.textContent).toBe("connecting: Connection lost (1006): trying again in 0.5 s");
});

test("on a server the hooks render what is known: nothing yet", () => {
  const { client } = setUp();
  const page = renderToString(
    <ClientProvider client={client}>
      <Close />
    </ClientProvider>,
  );
  expect(page).toContain("none pending");
});

test("a hook without a provider says what to write", async () => {
  const container = document.createElement("div");
  const root = createRoot(container, { onCaughtError: () => {} });
  roots.push(root);
  await act(async () => root.render(<Boundary>{<Close />}</Boundary>));
  expect(container.textContent).toContain("wrap the tree in <ClientProvider");
});

test("a whole route's schema refuses parameters while rendering", async () => {
  const { client } = setUp();
  const page = (
    <ClientProvider client={client}>
      <WholeClose symbol="" />
    </ClientProvider>
  );
  expect(() => renderToString(page)).toThrow(/symbol.*at least 1/);
});

test("a symbol switched in state is followed", async () => {
  const { container, socket, during } = await render(<Switch />);
  await during(() => (container.querySelector("button") as HTMLButtonElement).click());
  expect(socket.sent.at(-1)).toMatchObject({ type: "bars.subscribe", payload: { symbol: "MSFT" } });
});
