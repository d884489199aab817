import { type TopicListener, WsServerError } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import type { TopOfBook } from "../../../src/market/market.js";
import { ClusterMarket, type TopicFollowing } from "../../../src/modules/datafeed/cluster-market.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { type TopOfBookUpdate, toUpdate } from "../../../src/modules/datafeed/top-of-book.js";
import { until } from "../../until.js";
import { ACME, TapeSource } from "./tape-source.js";

const MOVES = [
  { price: 9, qty: 1, isJump: true },
  { price: 10, qty: 2, isJump: false },
];

function top(last: number, moves?: TopOfBook["moves"]): TopOfBook {
  const prices = { bid: last - 1, bidQty: 5, ask: last + 1, askQty: 6, last };
  return { symbol: "ACME", time: 1_000 * last, ...prices, ...(moves && { moves }) };
}

/** A market whose streaming server is the test. */
function setup() {
  const clock = new ManualClock();
  const source = new TapeSource(["1"]);
  source.happen({ time: 1, price: 50, qty: 1, side: 1 });
  const datafeed = new Datafeed(source);
  const market = new ClusterMarket(datafeed, clock);
  const listeners: TopicListener<TopOfBookUpdate>[] = [];
  const state = { stopped: 0, isClosed: false };
  const stream = {
    follow(_route: unknown, params: object, listener: TopicListener<TopOfBookUpdate>) {
      if (state.isClosed) throw new WsServerError("closed", "This server is closed");
      expect(params).toEqual({ symbol: "ACME" });
      listeners.push(listener);
      return () => state.stopped++;
    },
  } as unknown as TopicFollowing;
  const tops: TopOfBook[] = [];
  let isStarted = false;
  const watching = market.watch("ACME", (next) => void tops.push(next)).finally(() => (isStarted = true));
  watching.catch(() => {});
  onTestFinished(() => datafeed.close());
  return {
    ...{ clock, source, market, listeners, state, stream, tops, watching },
    get isStarted() {
      return isStarted;
    },
    get listener() {
      return listeners.at(-1) as TopicListener<TopOfBookUpdate>;
    },
  };
}

/** Sends updates as they arrive from another server. */
function send(listener: TopicListener<TopOfBookUpdate>, ...tops: readonly TopOfBook[]): void {
  for (const [index, each] of tops.entries()) listener.onUpdate(JSON.parse(JSON.stringify(toUpdate(each, index + 1))));
}

const ended = (code: string, retryable: boolean) => ({ code, message: code, retryable });

/** Starts a watch that has the price 10. */
async function started() {
  const set = setup();
  set.market.connect(set.stream);
  await until(() => set.listeners.length === 1);
  send(set.listener, top(10));
  set.listener.onCurrent?.();
  await set.watching;
  return set;
}

test("a watch begins when the server is connected, and has started with the present prices", async () => {
  const set = setup();
  await new Promise(setImmediate);
  expect([set.isStarted, set.listeners]).toEqual([false, []]);
  set.market.connect(set.stream);
  await until(() => set.listeners.length === 1);
  send(set.listener, top(10));
  expect([set.isStarted, set.tops]).toEqual([false, [top(10)]]);
  set.listener.onCurrent?.();
  const stop = await set.watching;
  expect(set.source.starts).toBe(0);
  stop();
  expect(set.state.stopped).toBe(1);
});

test("the moves of the price are passed on, except those of a state, which have happened before", async () => {
  const set = setup();
  set.market.connect(set.stream);
  await until(() => set.listeners.length === 1);
  const { listener } = set;
  send(listener, top(10, MOVES));
  listener.onCurrent?.();
  send(listener, top(11, MOVES));
  listener.onGap?.();
  send(listener, top(12, MOVES));
  listener.onCurrent?.();
  const unknownTime = { ...top(13, MOVES), time: Number.NEGATIVE_INFINITY, isClosed: true };
  send(listener, unknownTime);
  expect(set.tops).toEqual([top(10), top(11, MOVES), top(12), unknownTime]);
});

test("prices without a server that sends them fill no order", async () => {
  const set = await started();
  set.listener.onInterrupted?.(ended("owner_lost", true));
  expect(set.tops.at(-1)).toEqual({ ...top(10), moves: [], bidQty: 0, askQty: 0, isOld: true });
  send(set.listener, top(11));
  set.listener.onCurrent?.();
  expect(set.tops.at(-1)).toEqual(top(11));
});

test("a watch that does not start fails with the reason, and one that has started continues", async () => {
  const set = setup();
  set.market.connect(set.stream);
  await until(() => set.listeners.length === 1);
  set.listener.onInterrupted?.(ended("no_owner", true));
  await expect(set.watching).rejects.toMatchObject({ code: "no_owner" });
  expect(set.state.stopped).toBe(1);

  const other = await started();
  other.listener.onEnded?.(ended("unknown_topic", false));
  expect(other.tops.at(-1)?.isOld).toBe(true);
  expect(other.listeners).toHaveLength(1);
  other.clock.advance(1_000);
  expect(other.listeners).toHaveLength(2);
  send(other.listener, top(12, MOVES));
  other.listener.onCurrent?.();
  expect(other.tops.at(-1)).toEqual(top(12));
});

test("when the streaming server has closed, the prices of the last orders come from this server's own feed", async () => {
  const set = await started();
  set.state.isClosed = true;
  set.listener.onEnded?.(ended("closed", false));
  await until(() => set.tops.at(-1)?.last === 50);
  const late: TopOfBook[] = [];
  const stopLate = await set.market.watch("ACME", (next) => void late.push(next));
  expect(late.at(-1)).toMatchObject({ symbol: "ACME", last: 50, bid: 50 - (ACME.spread ?? 0) / 2 });
  expect(set.source.starts).toBe(1);
  (await set.watching)();
  stopLate();
  expect(set.source.listeners.size).toBe(0);
});
