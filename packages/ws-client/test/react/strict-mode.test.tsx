// @vitest-environment happy-dom

import { bars, orderbook, quotes, trades } from "@trading/topic/shapes";
import { StrictMode } from "react";
import { expect, test } from "vitest";
import {
  skip,
  useBars,
  useCollection,
  useConnection,
  useOrderbook,
  useQuotes,
  useTopic,
  useTopicEvents,
} from "../../src/react/index.js";
import { log } from "../helpers/confirmations.js";
import type { MemorySocket } from "../helpers/memory-network.js";
import { countListeners, render } from "./page.js";

/** Uses each kind of hook, and some twice. A symbol has three topics. */
function AllHooks({ symbol, seen = [] }: { symbol: string | typeof skip; seen?: unknown[] }) {
  const one = symbol === skip ? skip : { symbol };
  const series = one && ({ ...one, resolution: "1" } as const);
  useTopicEvents(trades, one, ({ id }) => seen.push(id));
  useTopic(bars, series, { select: ({ close }) => close });
  useBars(series);
  useTopicEvents(bars, series, () => {});
  useOrderbook(one && { ...one, depth: 5 });
  useQuotes({ fast_symbols: ["A", "B"] });
  const { items, gaps } = useCollection(trades, one);
  const { status } = useConnection();
  return <p>{`${items.length} trades, ${gaps} gaps, ${status}`}</p>;
}

const strictly = (props: Parameters<typeof AllHooks>[0]) => (
  <StrictMode>
    <AllHooks {...props} />
    <AllHooks {...props} seen={[]} />
  </StrictMode>
);

const QUOTES = quotes.buildTopic({ symbols: [], fast_symbols: ["A", "B"] });
const topicsOf = (symbol: string) => [
  bars.buildTopic({ symbol, resolution: "1" }),
  orderbook.buildTopic({ symbol, depth: 5 }),
  trades.buildTopic({ symbol }),
];

/** Returns a function that lists the operations sent on a socket since the last call. */
function reader() {
  const read = new Map<MemorySocket, number>();
  const routes = { bars, orderbook, quotes, trades } as const;
  return (socket: MemorySocket) => {
    const frames = socket.sent.slice(read.get(socket));
    read.set(socket, socket.sent.length);
    return frames
      .map(({ type, payload }) => {
        const [name, operation] = type.split(".") as [keyof typeof routes, string];
        return `${operation} ${routes[name].buildTopic(payload as never)}`;
      })
      .sort();
  };
}

const all = (operation: string, topics: readonly string[]) => topics.map((topic) => `${operation} ${topic}`).sort();

test("sends one subscribe per topic on mount and one unsubscribe on unmount", async () => {
  const { network, client, socket, show } = await render(null);
  const stateListeners = countListeners(client, "onState");
  const sent = reader();
  await show(strictly({ symbol: "AAPL" }));
  expect(sent(socket)).toEqual(all("subscribe", [...topicsOf("AAPL"), QUOTES]));
  await show(strictly({ symbol: "AAPL" }));
  expect(sent(socket)).toEqual([]);
  // Two components use useConnection.
  expect(stateListeners()).toBe(2);
  await show(null);
  expect(sent(socket)).toEqual(all("unsubscribe", [...topicsOf("AAPL"), QUOTES]));
  expect([network.sockets.length, client.inspect().topics, stateListeners()]).toEqual([1, [], 0]);
});

test("sends one subscribe and one unsubscribe per topic when parameters change", async () => {
  const { network, client, socket, show } = await render(strictly({ symbol: "AAPL" }));
  const sent = reader();
  sent(socket);
  await show(strictly({ symbol: "MSFT" }));
  expect(sent(socket)).toEqual([...all("subscribe", topicsOf("MSFT")), ...all("unsubscribe", topicsOf("AAPL"))]);
  await show(strictly({ symbol: skip }));
  expect(sent(socket)).toEqual(all("unsubscribe", topicsOf("MSFT")));
  expect([network.sockets.length, client.inspect().topics.map(({ topic }) => topic)]).toEqual([1, [QUOTES]]);
});

test("opens one socket and sends one subscribe per topic after a lost connection", async () => {
  const { network, reconnect } = await render(strictly({ symbol: "AAPL" }));
  const sent = reader();
  for (const sockets of [2, 3]) {
    expect(sent(await reconnect())).toEqual(all("subscribe", [...topicsOf("AAPL"), QUOTES]));
    expect(network.sockets).toHaveLength(sockets);
  }
});

test("delivers every update and every gap once, also to a component that mounts later", async () => {
  const seen: unknown[] = [];
  const later: unknown[] = [];
  const topic = trades.buildTopic({ symbol: "AAPL" });
  const subscribeOf = ({ sent }: MemorySocket) => sent.find(({ type }) => type === "trades.subscribe");
  const page = strictly({ symbol: "AAPL", seen });
  const { container, socket, show, during, reconnect } = await render([<div key="1">{page}</div>], { session: true });
  await during(() => socket.confirm(subscribeOf(socket), topic, log(0)));
  await during(() => socket.update(topic, { id: "a" }, 1));
  await show([<div key="1">{page}</div>, <div key="2">{strictly({ symbol: "AAPL", seen: later })}</div>]);
  await during(() => socket.update(topic, { id: "b" }, 2));
  expect([seen, later]).toEqual([["a", "b"], ["b"]]);
  const next = await reconnect();
  await during(() => next.confirm(subscribeOf(next), topic, log(9, { epoch: "e2", recovered: false })));
  expect(container.textContent).toBe("2 trades, 1 gaps, connected".repeat(4));
});
