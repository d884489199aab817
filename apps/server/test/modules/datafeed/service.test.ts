import { RESOLUTIONS } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DatafeedError } from "../../../src/modules/datafeed/errors.js";
import { isFiner } from "../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import type { TapeTrade } from "../../../src/modules/datafeed/symbol-feed.js";
import { ACME, TapeSource } from "./tape-source.js";

/** Random runs of each property. A failure prints its seed and path. */
const RUNS = 200;

const START = Date.UTC(2026, 10, 25, 23, 58);

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the upstream of a symbol", () => {
  test("starts with the first watch and stops with the last, for any kind and order of watches", async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constantFrom("bars", "quotes", "trades", "book", "top of book", "quote") }),
      fc.record({ kind: fc.constant("stop" as const), which: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const source = new TapeSource(["1"]);
        source.happen({ time: START, price: 1, qty: 1, side: 1 });
        const datafeed = new Datafeed(source);
        const nothing = { onValue() {} };
        const stops: (() => void)[] = [];
        for (const each of actions) {
          if (each.kind === "bars") stops.push(await datafeed.watchBars("ACME", "D", nothing));
          if (each.kind === "quotes") stops.push(await datafeed.watchQuotes("ACME", nothing));
          if (each.kind === "trades") stops.push(await datafeed.watchTrades("ACME", nothing));
          if (each.kind === "book") stops.push(await datafeed.watchBook("ACME", 1, nothing));
          if (each.kind === "top of book") stops.push(await datafeed.watchTopOfBook("ACME", nothing));
          if (each.kind === "quote") expect((await datafeed.quote("ACME"))?.v.lp).toBe(1);
          if ("which" in each && stops.length > 0) {
            const [stop] = stops.splice(each.which % stops.length, 1);
            stop?.();
            stop?.();
          }
          expect(source.listeners.size).toBe(stops.length > 0 ? 1 : 0);
          expect(datafeed.watched).toEqual(stops.length > 0 ? ["ACME"] : []);
        }
        for (const stop of stops) stop();
        expect(source.listeners.size).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  test("keeps nothing of ten thousand watches that ended", async () => {
    const source = new TapeSource(["1"]);
    source.happen({ time: START, price: 1, qty: 1, side: 1 });
    const datafeed = new Datafeed(source);
    for (let round = 0; round < 10_000; round++) {
      const stop = await datafeed.watchBars("ACME", "D", { onValue() {} });
      stop();
    }
    expect([source.starts, source.listeners.size, datafeed.watched]).toEqual([10_000, 0, []]);
  });

  test("is shared by watchers that join while it starts; when the start fails, all of them are rejected", async () => {
    const source = new TapeSource(["1"]);
    const datafeed = new Datafeed(source);
    source.before = async () => {
      throw new Error("the upstream is down");
    };
    const both = [datafeed.watchBars("ACME", "D", { onValue() {} }), datafeed.watchQuotes("ACME", { onValue() {} })];
    for (const outcome of await Promise.allSettled(both)) expect(outcome.status).toBe("rejected");
    expect([source.starts, source.listeners.size, datafeed.watched]).toEqual([1, 0, []]);
    source.before = async () => {};
    const stop = await datafeed.watchBars("ACME", "D", { onValue() {} });
    expect([source.starts, source.listeners.size]).toEqual([2, 1]);
    stop();
  });
});

describe("a source", () => {
  const setup = async () => {
    const source = new TapeSource(["1"]);
    source.happen({ time: START, price: 10, qty: 7, side: 1 });
    source.send();
    const datafeed = new Datafeed(source);
    return { source, datafeed };
  };

  test("without books has one level per side with the quantity of the last trades", async () => {
    const { source, datafeed } = await setup();
    const books: unknown[] = [];
    const topsOfBook: unknown[] = [];
    await datafeed.watchBook("ACME", 10, { onValue: (book) => books.push(book) });
    await datafeed.watchTopOfBook("ACME", { onValue: (top) => topsOfBook.push(top) });
    source.happen({ time: START + 1, price: 11, qty: 3, side: 1 }, { time: START + 1, price: 12, qty: 2, side: 1 });
    source.send();
    expect(books).toEqual([{ time: START + 1, bids: [{ price: 11.75, qty: 5 }], asks: [{ price: 12.25, qty: 5 }] }]);
    const moves = [
      { price: 11, qty: 3, isJump: true },
      { price: 12, qty: 5, isJump: true },
    ];
    expect(topsOfBook).toEqual([
      { symbol: "ACME", time: START, bid: 9.75, bidQty: 0, ask: 10.25, askQty: 0, last: 10 },
      { symbol: "ACME", time: START + 1, bid: 11.75, bidQty: 5, ask: 12.25, askQty: 5, last: 12, moves },
    ]);
  });

  test("with books is sent in each depth, and quotes have its best prices", async () => {
    const { source, datafeed } = await setup();
    const levels = (from: number, step: number) =>
      [0, 1, 2].map((index) => ({ price: from + step * index, qty: index + 1 }));
    const book = { time: START + 5, bids: levels(9, -1), asks: levels(13, 1) };
    const seen: unknown[] = [];
    await datafeed.watchBook("ACME", 2, { onValue: (value) => seen.push(value) });
    await datafeed.watchQuotes("ACME", { onValue: ({ v }) => seen.push([v.bid, v.lp, v.ask, v.spread]) });
    for (const listener of source.listeners) listener.onTick({ book });
    expect(seen).toEqual([
      [9.75, 10, 10.25, 0.5],
      { ...book, bids: book.bids.slice(0, 2), asks: book.asks.slice(0, 2) },
      [9, 10, 13, 4],
    ]);
    // A trade without a book leaves the book unchanged.
    source.happen({ time: START + 6, price: 12, qty: 1, side: 1 });
    source.send();
    expect(seen.slice(3)).toEqual([[9, 12, 13, 4]]);
  });

  test("sends each trade once, and generates an id if the source has none", async () => {
    const { source, datafeed } = await setup();
    const received: TapeTrade[] = [];
    await datafeed.watchTrades("ACME", { onValue: (trade) => received.push(trade) });
    source.happen(
      { time: START + 1, price: 1, qty: 1, side: 1 },
      { time: START + 1, price: 2, qty: 1, side: -1 },
      { time: START + 2, price: 3, qty: 1, side: 1, id: "own" },
    );
    source.send();
    expect(received.map(({ price, side, id }) => [price, side, id])).toEqual([
      [1, 1, `${START + 1}-0`],
      [2, -1, `${START + 1}-1`],
      [3, 1, "own"],
    ]);
  });

  test("without books has the price after a gap, before the next trade", async () => {
    const { source, datafeed } = await setup();
    const topsOfBook: unknown[] = [];
    const quotes: unknown[] = [];
    await datafeed.watchTopOfBook("ACME", { onValue: (top) => topsOfBook.push(top) });
    await datafeed.watchQuotes("ACME", { onValue: ({ v }) => quotes.push([v.bid, v.lp, v.ask]) });
    source.happen({ time: START + 1, price: 11, qty: 3, side: 1 });
    source.send();
    source.happen({ time: START + 2, price: 20, qty: 4, side: 1 });
    source.lose();
    while (quotes.length < 3) await nextTurn();
    expect(quotes.at(-1)).toEqual([19.75, 20, 20.25]);
    const top = { symbol: "ACME", time: START + 2, bid: 19.75, bidQty: 0, ask: 20.25, askQty: 0, last: 20 };
    expect(topsOfBook.at(-1)).toEqual(top);
  });

  test("with a gap ends only the watches of trades, because these have no gaps", async () => {
    const { source, datafeed } = await setup();
    const ends: string[] = [];
    const watcher = (name: string) => ({
      onValue() {},
      onEnd: ({ code }: DatafeedError) => void ends.push(`${name} ${code}`),
    });
    await datafeed.watchTrades("ACME", watcher("trades"));
    const stop = await datafeed.watchBars("ACME", "1", watcher("bars"));
    source.lose();
    while (ends.length === 0) await nextTurn();
    expect(ends).toEqual(["trades feed_gap"]);
    expect(datafeed.watched).toEqual(["ACME"]);
    stop();
    expect(source.listeners.size).toBe(0);
  });

  test("that ends a symbol, or fails after a gap, ends every watch; the next watch starts it again", async () => {
    for (const kind of ["ends", "fails"]) {
      const { source, datafeed } = await setup();
      const ends: DatafeedError[] = [];
      const onEnd = (reason: DatafeedError) => void ends.push(reason);
      await datafeed.watchTrades("ACME", { onValue() {}, onEnd });
      await datafeed.watchBars("ACME", "1", { onValue() {}, onEnd });
      const cause = new Error("gone");
      source.before = async () => {
        throw cause;
      };
      if (kind === "ends") for (const listener of source.listeners) listener.onEnd(cause);
      else source.lose();
      while (ends.length < 2) await nextTurn();
      expect(ends.map(({ code, retryable, cause }) => [code, retryable, cause])).toEqual([
        ["feed_lost", true, cause],
        ["feed_lost", true, cause],
      ]);
      expect([source.listeners.size, datafeed.watched]).toEqual([0, []]);
      source.before = async () => {};
      await datafeed.watchBars("ACME", "1", { onValue() {} });
      expect(source.starts).toBe(2);
    }
  });

  test("is closed after every watch has ended", async () => {
    const { source, datafeed } = await setup();
    const ends: string[] = [];
    await datafeed.watchBars("ACME", "1", { onValue() {}, onEnd: ({ code }) => void ends.push(code) });
    Object.assign(source, { close: async () => void ends.push(`closed with ${source.listeners.size}`) });
    expect(datafeed.isReady()).toBe(true);
    await datafeed.close();
    await datafeed.close();
    expect(ends).toEqual(["feed_closed", "closed with 0"]);
    expect(datafeed.isReady()).toBe(false);
    await expect(datafeed.watchBars("ACME", "1", { onValue() {} })).rejects.toMatchObject({ code: "feed_closed" });
  });

  test("rejects unknown symbols and finer resolutions", async () => {
    const { datafeed } = await setup();
    await expect(
      datafeed.history({ symbol: "NOPE", resolution: "1", to: undefined, countBack: 5_000 }),
    ).rejects.toMatchObject({ code: "unknown_symbol" });
    const days = new Datafeed(new TapeSource(["D"], [ACME]));
    expect(days.resolutions).toEqual(RESOLUTIONS.filter((each) => !isFiner(each, "D")));
    await expect(days.watchBars("ACME", "60", { onValue() {} })).rejects.toMatchObject({
      code: "resolution_too_fine",
      message: expect.stringContaining("Use D, W or M."),
    });
  });
});

/** A source that knows its last trades. */
class KnownTape extends TapeSource {
  async recentTrades(_symbol: string, count: number): Promise<readonly TapeTrade[]> {
    return this.happened.slice(-count) as TapeTrade[];
  }
}

describe("the tape of a symbol", () => {
  const trade = (at: number): TapeTrade => ({ id: `${at}`, time: START + at, price: 10 + at, qty: 1, side: 1 });
  const idsOf = async (datafeed: Datafeed) => (await datafeed.trades("ACME")).map(({ id }) => Number(id));

  test("has the trades that the source knows, then each one once, also after a gap", async () => {
    const source = new KnownTape(["1"]);
    source.happen(trade(1), trade(2));
    const datafeed = new Datafeed(source);
    // A trade while the history loads, which the source returns as a recent one and then sends.
    source.after = async () => {
      source.after = async () => {};
      source.happen(trade(3));
      source.send();
    };
    const watched: number[] = [];
    await datafeed.watchTape("ACME", { onValue: ({ id }) => watched.push(Number(id)) });
    expect(await idsOf(datafeed)).toEqual([1, 2, 3]);
    expect(watched).toEqual([1, 2, 3]);
    source.happen(trade(4));
    source.send();
    expect(await idsOf(datafeed)).toEqual([1, 2, 3, 4]);
    expect(watched).toEqual([1, 2, 3, 4]);

    await datafeed.watchBars("ACME", "1", { onValue() {} });
    source.happen(trade(5));
    source.lose();
    while ((await idsOf(datafeed)).length < 5) await nextTurn();
    expect(await idsOf(datafeed)).toEqual([1, 2, 3, 4, 5]);
  });

  test("has at most the last hundred", async () => {
    const source = new KnownTape(["1"]);
    source.happen(...Array.from({ length: 150 }, (_, at) => trade(at)));
    const datafeed = new Datafeed(source);
    await datafeed.watchBars("ACME", "1", { onValue() {} });
    source.happen(...Array.from({ length: 250 }, (_, at) => trade(150 + at)));
    source.send();
    expect(await idsOf(datafeed)).toEqual(Array.from({ length: 100 }, (_, at) => 300 + at));
  });

  test("has the trades since the last gap, if the source knows none", async () => {
    const source = new TapeSource(["1"]);
    source.happen(trade(1));
    source.send();
    const datafeed = new Datafeed(source);
    let hasGap = false;
    await datafeed.watchTrades("ACME", {
      onValue() {},
      onEnd() {
        hasGap = true;
      },
    });
    await datafeed.watchBars("ACME", "1", { onValue() {} });
    expect(await idsOf(datafeed)).toEqual([]);
    source.happen(trade(2));
    source.send();
    expect(await idsOf(datafeed)).toEqual([2]);
    source.lose();
    while (!hasGap) await nextTurn();
    source.happen(trade(3));
    source.send();
    expect(await idsOf(datafeed)).toEqual([3]);
  });
});
