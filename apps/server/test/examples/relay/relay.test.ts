import type { Bar } from "@trading/topic";
import { bars, quotes, trades } from "@trading/topic";
import { createClient, type Gap } from "@trading/ws-client";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { RelaySource } from "../../../examples/relay/relay-source.js";
import type { TopOfBook } from "../../../src/market/market.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { random } from "../../../src/modules/datafeed/sources/simulated/random.js";
import { silent, startApp } from "../../helpers.js";
import { ACME, barsOf } from "../../modules/datafeed/tape-source.js";
import { until } from "../../until.js";
import { FakeFeed } from "./fake-feed.js";

const START = Date.UTC(2026, 10, 25, 23, 58);
const LOST = "The upstream feed is disconnected: reconnecting";
const request = { symbol: "ACME", resolution: "1", to: undefined, countBack: 100 } as const;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function setup(options: { autoPong?: boolean; down?: boolean } = {}) {
  const feed = await FakeFeed.start(options);
  feed.isDown = options.down ?? false;
  const clock = new ManualClock(START);
  const warnings: string[] = [];
  let disconnects = 0;
  const logger = {
    ...silent,
    warn(message: string) {
      if (message === LOST) disconnects++;
      else warnings.push(message);
    },
  };
  const source = new RelaySource({
    url: feed.url,
    instruments: [ACME, { ...ACME, symbol: "DOWN" }],
    resolutions: ["1", "D"],
    clock,
    logger,
    // The longest possible delay.
    random: () => 1,
  });
  const datafeed = new Datafeed(source, logger);
  onTestFinished(() => datafeed.close());
  if (!feed.isDown) await until(() => datafeed.isReady());
  const trade = (seconds: number, price: number, qty = 1) =>
    feed.trade("ACME", [{ time: START + seconds * 1_000, price, qty, side: 1 }]);
  /** Waits until the source has lost its connection this often, and waits to reconnect. */
  const lost = (count = 1) => until(() => disconnects === count);
  return { feed, clock, datafeed, warnings, trade, lost };
}

test("clients get an upstream's market from one subscription per symbol, also after a lost connection", async () => {
  const { feed, clock, datafeed, trade, lost } = await setup();
  trade(0, 10, 5);
  const { url, app } = await startApp(datafeed, clock);
  const client = createClient({ url, WebSocket, onError: () => {} });
  onTestFinished(() => client.close());
  const minutes = new Map<number, Bar>();
  const lasts: unknown[] = [];
  const gaps: Gap[] = [];
  const tape: string[] = [];
  const stops = [
    client.subscribe(bars, { symbol: "ACME", resolution: "1" }, (bar) => void minutes.set(bar.time, bar)),
    client.subscribe(bars, { symbol: "ACME", resolution: "D" }, () => {}),
    client.subscribe(quotes, { symbols: [], fast_symbols: ["ACME"] }, ({ v }) => void lasts.push("lp" in v && v.lp)),
    client.subscribe(
      trades,
      { symbol: "ACME" },
      { onUpdate: ({ id }) => tape.push(id), onGap: (gap) => gaps.push(gap) },
    ),
  ];
  await Promise.all(stops.map(({ ready }) => ready));
  trade(1, 11);
  await until(() => lasts.at(-1) === 11 && tape.length === 1);
  expect(feed.commands.filter((each) => each.startsWith("subscribe"))).toEqual(["subscribe ACME"]);

  feed.cut();
  await until(() => feed.connections === 0);
  // Across the end of a minute and of the day, while the source is disconnected.
  trade(70, 12);
  trade(130, 13);
  await lost();
  clock.advance(250);
  await until(() => lasts.at(-1) === 13);
  trade(131, 14);
  await until(() => lasts.at(-1) === 14 && gaps.length === 1 && minutes.get(START + 120_000)?.volume === 2);
  expect([...minutes.values()]).toEqual(barsOf(feed.tape.get("ACME")!, "1"));
  expect(feed.commands.filter((each) => each.startsWith("subscribe"))).toEqual(["subscribe ACME", "subscribe ACME"]);

  for (const stop of stops) stop();
  await until(() => app.stream.counts().topics === 0 && feed.subscribed.size === 0);
  expect(feed.commands.at(-1)).toBe("unsubscribe ACME");
});

test.each([1, 2, 3, 4, 5])(
  "bars equal the sum of the upstream's trades, with random disconnects (seed %i)",
  async (seed) => {
    const draw = random(seed);
    const { feed, clock, datafeed, trade } = await setup();
    const received = { "1": new Map<number, Bar>(), D: new Map<number, Bar>() };
    /** Follows a resolution as charts do: watches live bars, and loads the history again when the watch ends. */
    const follow = async (resolution: "1" | "D"): Promise<void> => {
      const bars = received[resolution];
      const take = (bar: Bar) => void bars.set(bar.time, bar);
      try {
        await datafeed.watchBars("ACME", resolution, { onValue: take, onEnd: () => void follow(resolution) });
        for (const bar of await datafeed.history({ ...request, resolution, countBack: 1_000 })) take(bar);
      } catch {
        if (!isOver) await nextTurn().then(() => follow(resolution));
      }
    };
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    for (const resolution of ["1", "D"] as const) await follow(resolution);
    let seconds = 0;
    for (let step = 0; step < 40; step++) {
      const action = draw() % 8;
      seconds += 1 + (draw() % 40);
      if (action === 0) feed.cut();
      else if (action === 1) clock.advance(30_000);
      else trade(seconds, 1 + (draw() % 50), draw() % 9);
      if (draw() % 2 === 0) await nextTurn();
    }
    trade(seconds + 1, 99, 1_000);
    const all = feed.tape.get("ACME")!;
    for (const resolution of ["1", "D"] as const) {
      const expected = barsOf(all, resolution);
      const last = expected.at(-1)!;
      while (
        received[resolution].get(last.time)?.volume !== last.volume ||
        received[resolution].size < expected.length
      ) {
        if (!datafeed.isReady()) clock.advance(250);
        await nextTurn();
      }
      expect([...received[resolution].values()].sort((one, other) => one.time - other.time)).toEqual(expected);
    }
  },
);

describe("the upstream", () => {
  test("is retried with doubled delays up to the maximum, and with the first delay again after a success", async () => {
    const { feed, clock, datafeed, lost } = await setup({ down: true });
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 10; attempt++) {
      await lost(attempt);
      expect(feed.attempts).toBe(attempt);
      const from = clock.now();
      while (clock.pending === 1) clock.advance(250);
      delays.push(clock.now() - from);
    }
    await lost(11);
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    feed.isDown = false;
    clock.advance(30_000);
    await until(() => datafeed.isReady());
    await datafeed.history(request);
    feed.cut();
    await lost(12);
    clock.advance(250);
    await until(() => datafeed.isReady());
  });

  test("is reconnected when it sends nothing, not even pongs", async () => {
    const { feed, clock, datafeed, lost } = await setup({ autoPong: false });
    clock.advance(19_999);
    expect(datafeed.isReady()).toBe(true);
    clock.advance(1);
    await lost();
    clock.advance(250);
    await until(() => datafeed.isReady());
    expect(feed.attempts).toBe(2);
  });

  test("is kept while it replies to pings", async () => {
    const { feed, clock, datafeed } = await setup();
    for (let round = 0; round < 10; round++) {
      clock.advance(10_000);
      // Replies keep their order: after this reply, the pong has arrived, too.
      await datafeed.history(request);
    }
    expect(feed.attempts).toBe(1);
  });

  test.each(["{", '{"type":"tick","symbol":"ACME","trades":[{"price":"1"}]}', '{"type":"surprise"}'])(
    "is reconnected with a warning after the invalid message %s",
    async (text) => {
      const { feed, clock, datafeed, warnings, lost } = await setup();
      feed.send(text);
      await lost();
      expect(warnings).toEqual(["The upstream feed sent an invalid message: reconnecting"]);
      clock.advance(250);
      await until(() => datafeed.isReady());
    },
  );

  test("gets a history request again after a reconnect, and a request without a reply times out", async () => {
    const { feed, clock, datafeed, trade, lost } = await setup();
    trade(0, 10);
    feed.isMute = true;
    const first = datafeed.history(request);
    await until(() => feed.commands.length === 1);
    feed.isMute = false;
    feed.cut();
    await lost();
    clock.advance(250);
    expect(await first).toEqual(barsOf(feed.tape.get("ACME")!, "1"));
    feed.isMute = true;
    const second = datafeed.history(request);
    await until(() => feed.commands.length === 3);
    const rejected = expect(second).rejects.toMatchObject({ code: "feed_lost", retryable: true });
    clock.advance(2_000);
    await rejected;
  });

  test("offers no quantities while it is disconnected", async () => {
    const { feed, clock, datafeed, trade, lost } = await setup();
    trade(0, 10);
    const topsOfBook: TopOfBook[] = [];
    await datafeed.watchTopOfBook("ACME", { onValue: (top) => topsOfBook.push(top) });
    const level = (price: number) => [{ price, qty: 7 }];
    feed.trade("ACME", [], { time: START + 5, bids: level(9), asks: level(11) });
    await until(() => topsOfBook.at(-1)?.bidQty === 7);
    expect(topsOfBook.at(-1)).toMatchObject({ bid: 9, ask: 11, askQty: 7 });
    feed.cut();
    await until(() => topsOfBook.at(-1)?.bidQty === 0);
    expect(topsOfBook.at(-1)).toMatchObject({ time: START + 5, askQty: 0, last: 10 });
    await lost();
    clock.advance(250);
    await until(() => datafeed.isReady());
  });

  test("can end a symbol with a reason; other symbols continue", async () => {
    const { feed, datafeed } = await setup();
    const ends: string[] = [];
    for (const symbol of ["ACME", "DOWN"]) {
      await datafeed.watchTrades(symbol, {
        onValue() {},
        onEnd: ({ message }) => void ends.push(`${symbol}: ${message}`),
      });
    }
    feed.send({ type: "ended", symbol: "DOWN", reason: "It is no longer listed." });
    await until(() => ends.length === 1);
    expect([ends, datafeed.watched]).toEqual([["DOWN: It is no longer listed."], ["ACME"]]);
  });

  test("closes its connection, timers and pending requests", async () => {
    const { feed, clock, datafeed } = await setup();
    await datafeed.watchTrades("ACME", { onValue() {} });
    feed.isMute = true;
    const rejected = expect(datafeed.history(request)).rejects.toMatchObject({ code: "feed_closed" });
    await datafeed.close();
    await rejected;
    await until(() => feed.connections === 0);
    expect(clock.pending).toBe(0);
    const waiting = await setup({ down: true });
    await waiting.lost();
    await waiting.datafeed.close();
    expect(waiting.clock.pending).toBe(0);
  });
});
