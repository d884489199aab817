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
import type { MemorySocket } from "../helpers/memory-network.js";
import { countTaps, log, render } from "./page.js";

/** One of each kind of hook, and some twice; a symbol has three topics. */
function Everything({ symbol, seen = [] }: { symbol: string | typeof skip; seen?: unknown[] }) {
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

const strictly = (props: Parameters<typeof Everything>[0]) => (
  <StrictMode>
    <Everything {...props} />
    <Everything {...props} seen={[]} />
  </StrictMode>
);

const QUOTES = quotes.buildTopic({ symbols: [], fast_symbols: ["A", "B"] });
const topicsOf = (symbol: string) => [
  bars.buildTopic({ symbol, resolution: "1" }),
  orderbook.buildTopic({ symbol, depth: 5 }),
  trades.buildTopic({ symbol }),
];

/** What a socket was sent since it was looked at last, as topics. */
function reader() {
  const read = new Map<MemorySocket, number>();
  const routes = { bars, orderbook, quotes, trades } as const;
  return (socket: MemorySocket) => {
    const frames = socket.sent.slice(read.get(socket));
    read.set(socket, socket.sent.length);
    return frames
      .map(({ type, payload }) => {
        const [name, what] = type.split(".") as [keyof typeof routes, string];
        return `${what} ${routes[name].buildTopic(payload as never)}`;
      })
      .sort();
  };
}

const all = (what: string, topics: readonly string[]) => topics.map((topic) => `${what} ${topic}`).sort();

test("on a connection that stands, a page is one subscribe a topic, and one unsubscribe when it goes", async () => {
  const { network, client, socket, show } = await render(null);
  const taps = countTaps(client);
  const sent = reader();
  await show(strictly({ symbol: "AAPL" }));
  expect(sent(socket)).toEqual(all("subscribe", [...topicsOf("AAPL"), QUOTES]));
  await show(strictly({ symbol: "AAPL" }));
  expect(sent(socket)).toEqual([]);
  // Two components, each of which says how the connection stands.
  expect(taps()).toBe(2);
  await show(null);
  expect(sent(socket)).toEqual(all("unsubscribe", [...topicsOf("AAPL"), QUOTES]));
  expect([network.sockets.length, client.inspect().topics, taps()]).toEqual([1, [], 0]);
});

test("other parameters are one subscribe and one unsubscribe a topic; what stays is not sent anew", async () => {
  const { network, client, socket, show } = await render(strictly({ symbol: "AAPL" }));
  const sent = reader();
  sent(socket);
  await show(strictly({ symbol: "MSFT" }));
  expect(sent(socket)).toEqual([...all("subscribe", topicsOf("MSFT")), ...all("unsubscribe", topicsOf("AAPL"))]);
  await show(strictly({ symbol: skip }));
  expect(sent(socket)).toEqual(all("unsubscribe", topicsOf("MSFT")));
  expect([network.sockets.length, client.inspect().topics.map(({ topic }) => topic)]).toEqual([1, [QUOTES]]);
});

test("a lost connection is one socket and one subscribe a topic more", async () => {
  const { network, reconnect } = await render(strictly({ symbol: "AAPL" }));
  const sent = reader();
  for (const sockets of [2, 3]) {
    expect(sent(await reconnect())).toEqual(all("subscribe", [...topicsOf("AAPL"), QUOTES]));
    expect(network.sockets).toHaveLength(sockets);
  }
});

test("every update and every gap counts once, also for a component that comes later", async () => {
  const seen: unknown[] = [];
  const later: unknown[] = [];
  const topic = trades.buildTopic({ symbol: "AAPL" });
  const asked = ({ sent }: MemorySocket) => sent.find(({ type }) => type === "trades.subscribe");
  const page = strictly({ symbol: "AAPL", seen });
  const { container, socket, show, during, reconnect } = await render([<div key="1">{page}</div>], { session: true });
  await during(() => socket.confirm(asked(socket), topic, log(0)));
  await during(() => socket.update(topic, { id: "a" }, 1));
  await show([<div key="1">{page}</div>, <div key="2">{strictly({ symbol: "AAPL", seen: later })}</div>]);
  await during(() => socket.update(topic, { id: "b" }, 2));
  expect([seen, later]).toEqual([["a", "b"], ["b"]]);
  const next = await reconnect();
  await during(() => next.confirm(asked(next), topic, log(9, { epoch: "e2", recovered: false })));
  expect(container.textContent).toBe("2 trades, 1 gaps, connected".repeat(4));
});
