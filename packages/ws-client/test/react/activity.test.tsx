// @vitest-environment happy-dom

import { bars, trades, type UpdateOf } from "@trading/topic/shapes";
import { Activity, type ReactNode, StrictMode, startTransition, useEffect, useLayoutEffect, useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { useCollection, useConnection, useQuotes, useTopic, useTopicEvents } from "../../src/react/index.js";
import type { MemorySocket } from "../helpers/memory-network.js";
import { render } from "./page.js";

afterEach(() => vi.unstubAllGlobals());

const BARS = 'bars:{"resolution":"1","symbol":"AAPL"}';
const TRADES = 'trades:{"symbol":"AAPL"}';
const QUOTES = 'quotes:{"fast_symbols":["A"],"symbols":[]}';
const bar = (close: number) => ({ time: 1, open: 1, high: 9, low: 1, close, volume: 10 });

function Close() {
  const { value, status } = useTopic(bars, { symbol: "AAPL", resolution: "1" });
  return <p>{`${value?.close ?? "none"} ${status}`}</p>;
}

function Trades() {
  const { items, status } = useCollection(trades, { symbol: "AAPL" });
  return <p>{`${items.map(({ id }) => id).join(" ") || "none"} ${status}`}</p>;
}

function Quote() {
  const { bySymbol, status } = useQuotes({ fast_symbols: ["A"] });
  return <p>{`${bySymbol.size} ${status}`}</p>;
}

function Tape({ onTrade }: { onTrade: (trade: UpdateOf<typeof trades>) => void }) {
  const { status } = useTopicEvents(trades, { symbol: "AAPL" }, onTrade);
  return <p>{status}</p>;
}

function State() {
  return <p>{useConnection().status}</p>;
}

type Mode = "visible" | "hidden";

/** Hides and shows its children on request. */
function Tab({
  onMount,
  first = "visible",
  children,
}: {
  onMount: (setMode: (mode: Mode) => void) => void;
  first?: Mode;
  children: ReactNode;
}) {
  const [mode, setMode] = useState<Mode>(first);
  useEffect(() => onMount(setMode), [onMount]);
  // A commit that takes so much time that React starts the effects in the next task, after the browser can paint.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the mode changes
  useLayoutEffect(() => {
    const end = performance.now() + 30;
    while (performance.now() < end);
  }, [mode]);
  return tab(mode, children);
}

const tab = (mode: Mode, children: ReactNode) => <Activity mode={mode}>{children}</Activity>;

/** The last frame of a type that the client sent. */
const lastOf = (socket: MemorySocket, type: string) => socket.sent.filter((frame) => frame.type === type).at(-1);

test.each([
  ["useTopic", <Close key="0" />, BARS, bar(2), bar(3), "2 live", "none pending", "3 live"],
  ["useCollection", <Trades key="0" />, TRADES, { id: "a" }, { id: "b" }, "a live", "none pending", "b live"],
  ["useQuotes", <Quote key="0" />, QUOTES, { n: "A" }, { n: "A" }, "1 live", "0 pending", "1 live"],
])("%s unsubscribes while hidden, and subscribes without old data", async (...row) => {
  const [, page, topic, first, second, shown, resumed, renewed] = row;
  const type = `${topic.split(":")[0]}.subscribe`;
  const { container, socket, sent, during, show } = await render(tab("visible", page));
  await during(() => socket.confirm(lastOf(socket, type), topic));
  await during(() => socket.update(topic, first));
  expect(container.textContent).toBe(shown);
  await show(tab("hidden", page));
  expect(sent()).toEqual([type, type.replace("subscribe", "unsubscribe")]);
  await during(() => socket.update(topic, second));
  await show(tab("visible", page));
  expect([container.textContent, sent().at(-1)]).toEqual([resumed, type]);
  await during(() => socket.confirm(lastOf(socket, type), topic));
  await during(() => socket.update(topic, second));
  expect(container.textContent).toBe(renewed);
});

test("shows every update after it was hidden, if another component keeps the topic", async () => {
  const page = (mode: Mode) => [<Trades key="kept" />, <b key="tab">{tab(mode, <Trades />)}</b>];
  const { container, socket, sent, during, show } = await render(page("visible"));
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }));
  await show(page("hidden"));
  await during(() => socket.update(TRADES, { id: "b" }));
  await show(page("visible"));
  expect(container.querySelector("b")?.textContent).toBe("a b live");
  expect(sent()).toEqual(["trades.subscribe"]);
});

test("never paints the state from before it became visible for the first time", async () => {
  let change: (mode: Mode) => void = () => {};
  const setChange = (setMode: typeof change) => {
    change = setMode;
  };
  const kept = <Close key="kept" />;
  const later = (
    <Tab key="tab" onMount={setChange} first="hidden">
      <b>
        <Close />
      </b>
    </Tab>
  );
  const { container, socket, during } = await render([kept, later]);
  await during(() => socket.confirm(lastOf(socket, "bars.subscribe"), BARS));
  await during(() => socket.update(BARS, bar(2)));
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  startTransition(() => change("visible"));
  const painted = new Set<string | null>();
  const content = container.querySelector("b") as HTMLElement;
  for (let task = 0; task < 20; task++) {
    await new Promise((resolve) => setTimeout(resolve));
    if (content.style.display !== "none") painted.add(content.textContent);
  }
  expect([...painted]).toEqual(["2 live"]);
});

test("calls no callback of a hidden useTopicEvents, and reports its status again", async () => {
  const seen: unknown[] = [];
  const tape = <Tape onTrade={({ id }) => seen.push(id)} />;
  const { container, socket, during, show } = await render(tab("visible", tape));
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }));
  await show(tab("hidden", tape));
  await during(() => socket.update(TRADES, { id: "b" }));
  await show(tab("visible", tape));
  expect([seen, container.textContent]).toEqual([["a"], "pending"]);
  await during(() => socket.confirm(lastOf(socket, "trades.subscribe"), TRADES));
  await during(() => socket.update(TRADES, { id: "c" }));
  expect([seen, container.textContent]).toEqual([["a", "c"], "live"]);
});

test("subscribes to nothing before it becomes visible for the first time", async () => {
  const { sent, show } = await render(<StrictMode>{tab("hidden", <Close />)}</StrictMode>);
  expect(sent()).toEqual([]);
  await show(<StrictMode>{tab("visible", <Close />)}</StrictMode>);
  expect(sent()).toEqual(["bars.subscribe"]);
});

test("never paints the state from before it was hidden", async () => {
  let change: (mode: Mode) => void = () => {};
  const page = (
    <Tab
      onMount={(setMode) => {
        change = setMode;
      }}
    >
      <div>
        <Close />
        <Trades />
        <State />
      </div>
    </Tab>
  );
  const { container, socket, client, during } = await render(page);
  await during(() => {
    socket.confirm(lastOf(socket, "bars.subscribe"), BARS);
    socket.confirm(lastOf(socket, "trades.subscribe"), TRADES);
  });
  await during(() => {
    socket.update(BARS, bar(2));
    socket.update(TRADES, { id: "a" });
  });
  expect(container.textContent).toBe("2 livea liveconnected");
  await during(() => change("hidden"));
  client.close();
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  startTransition(() => change("visible"));
  const painted = new Set<string | null>();
  const content = container.querySelector("div") as HTMLElement;
  for (let task = 0; task < 20; task++) {
    await new Promise((resolve) => setTimeout(resolve));
    if (content.style.display !== "none") painted.add(content.textContent);
  }
  expect([...painted]).toEqual(["none errornone errorclosed"]);
});
