import { expect, test } from "vitest";
import { quoteBoardOf } from "../../src/stores/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

function start() {
  const set = setUp();
  set.network.socket.welcome();
  const board = quoteBoardOf(set.client);
  const topics = () => set.client.inspect().topics.map(({ topic }) => topic);
  const confirm = (topic: string) => {
    const { socket } = set.network;
    const [, params] = topic.match(/^quotes:(.*)$/) ?? [];
    const frame = socket.sent.find(
      ({ type, payload }) =>
        type === "quotes.subscribe" &&
        JSON.stringify(payload.fast_symbols) === JSON.stringify(JSON.parse(params ?? "").fast_symbols),
    );
    socket.confirm(frame, topic, { epoch: "e1", offset: 0, retention: "keyed", snapshot: true });
    socket.current(topic, "e1", 0);
  };
  return { ...set, board, topics, confirm };
}

const quotes = (fast: string[], slow: string[] = []) =>
  `quotes:${JSON.stringify({ fast_symbols: fast, symbols: slow })}`;
const quoteOf = (n: string, lp: number) => ({ s: "ok", n, v: { lp } });

test("subscribes to the symbols of many users as one topic", async () => {
  const { board, topics, network, confirm } = start();
  const [msft, slow, aapl] = [board.watch("MSFT"), board.watch("AAPL", "slow"), board.watch("AAPL")];
  board.watch("TSLA", "slow");
  await tick();
  const topic = quotes(["AAPL", "MSFT"], ["TSLA"]);
  expect(topics()).toEqual([topic]);
  confirm(topic);
  network.socket.update(topic, quoteOf("AAPL", 7), 1);
  expect([msft.get().quote, msft.get().status]).toEqual([undefined, "live"]);
  expect([aapl.get(), slow.get()]).toMatchObject([{ quote: quoteOf("AAPL", 7) }, { quote: quoteOf("AAPL", 7) }]);
  expect(board.watch("AAPL").get().quote).toEqual(quoteOf("AAPL", 7));
});

test("keeps the previous topic until the new one is live, and a removed symbol until symbols are added", async () => {
  const { board, topics, confirm } = start();
  const first = board.watch("A");
  await tick();
  confirm(quotes(["A"]));
  const second = board.watch("B");
  await tick();
  expect(topics()).toEqual([quotes(["A"]), quotes(["A", "B"])]);
  expect([first.get().status, second.get().status]).toEqual(["live", "pending"]);
  confirm(quotes(["A", "B"]));
  await tick();
  expect([topics(), second.get().status]).toEqual([[quotes(["A", "B"])], "live"]);

  second.stop();
  await tick();
  expect(topics()).toEqual([quotes(["A", "B"])]);
  board.watch("C");
  await tick();
  confirm(quotes(["A", "C"]));
  await tick();
  expect(topics()).toEqual([quotes(["A", "C"])]);
});

test("ends the topic after the last symbol, but not when a component moves", async () => {
  const { board, topics, network } = start();
  const watched = board.watch("A");
  await tick();
  watched.stop();
  const again = board.watch("A");
  await tick();
  expect(network.socket.sent.map(({ type }) => type)).toEqual(["quotes.subscribe"]);
  again.stop();
  await tick();
  expect(topics()).toEqual([]);
});

test("divides more symbols than a topic can have, and refuses a symbol that would have the topic refused", async () => {
  const { board, topics } = start();
  for (let index = 0; index < 501; index++) board.watch(`S${String(index).padStart(3, "0")}`);
  await tick();
  expect(topics().map((topic) => topic.match(/S\d+/g)?.length)).toEqual([500, 1]);
  expect(() => board.watch("")).toThrow('Invalid symbol "": expected 1 to 64 characters');
});

test("reports a missing WebSocket as the status of each symbol", async () => {
  const { client } = setUp({ WebSocket: undefined, eager: false } as never);
  const { WebSocket } = globalThis;
  Object.assign(globalThis, { WebSocket: undefined });
  try {
    const watched = quoteBoardOf(client).watch("A");
    await tick();
    expect(watched.get()).toMatchObject({ status: "error", error: { code: "no_websocket" } });
  } finally {
    Object.assign(globalThis, { WebSocket });
  }
});
