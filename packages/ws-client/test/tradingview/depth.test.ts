import { orderbook } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { Depth } from "../../src/tradingview/index.js";
import { charting, tick } from "./harness.js";

const TOPIC = 'orderbook:{"depth":20,"symbol":"AAPL"}';
const BOOK = {
  time: 1,
  bids: [
    { price: 9, qty: 1 },
    { price: 8, qty: 2 },
  ],
  asks: [
    { price: 10, qty: 3 },
    { price: 11, qty: 4 },
  ],
};

/** Subscribes to the depth of AAPL, and records what the library receives. */
async function depthOf(options: Parameters<typeof charting>[1] = {}) {
  const set = charting({}, options);
  const received: Depth[] = [];
  let id = "";
  set.charts.call((datafeed) => {
    id = datafeed.subscribeDepth(
      "AAPL",
      set.charts.callback("onDepth", (depth: Depth) => received.push(depth)),
    );
  });
  await tick();
  return { ...set, received, id };
}

test("passes whole books with both sides sorted by price, lowest first", async () => {
  const { confirm, received, charts, problems } = await depthOf();
  confirm(orderbook, TOPIC, [BOOK]);

  expect(received).toEqual([
    {
      snapshot: true,
      bids: [
        { price: 8, volume: 2 },
        { price: 9, volume: 1 },
      ],
      asks: [
        { price: 10, volume: 3 },
        { price: 11, volume: 4 },
      ],
    },
  ]);
  expect([charts.violations, problems]).toEqual([[], []]);
});

test("subscribes to the requested number of levels, and unsubscribes by the id", async () => {
  const { subscribing, sent, datafeed, id, confirm, received, update } = await depthOf({ depth: 5 });
  const topic = TOPIC.replace("20", "5");
  expect(subscribing(orderbook)?.payload).toMatchObject({ symbol: "AAPL", depth: 5 });
  confirm(orderbook, topic, []);
  datafeed.unsubscribeDepth("unknown");
  datafeed.unsubscribeDepth(id);
  await tick();
  update(topic, BOOK, 1);

  expect(sent(orderbook)).toEqual(["subscribe", "unsubscribe"]);
  expect(received).toEqual([]);
});

test("gives each subscription another id, and ends all of them at destroy", async () => {
  const { datafeed, id, sent, confirm } = await depthOf();
  confirm(orderbook, TOPIC, []);
  expect(datafeed.subscribeDepth("AAPL", () => {})).not.toBe(id);
  await tick();
  datafeed.destroy();
  await tick();

  expect(sent(orderbook)).toEqual(["subscribe", "unsubscribe"]);
});

test("reports an exception of the library's callback, and goes on", async () => {
  const { datafeed, confirm, update, problems, received } = await depthOf();
  datafeed.subscribeDepth("AAPL", () => {
    throw new Error("broken panel");
  });
  await tick();
  confirm(orderbook, TOPIC, [BOOK]);
  update(TOPIC, BOOK, 2);

  expect(received).toHaveLength(2);
  expect(problems).toEqual([new Error("broken panel"), new Error("broken panel")]);
});
