import { ManualClock } from "@trading/topic/testing";
import { describe, expect, test } from "vitest";
import { Deliveries } from "../../../src/modules/datafeed/deliveries.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { ACME, TapeSource } from "./tape-source.js";

const START = Date.UTC(2026, 10, 25, 23, 58);

/** A clock whose turns end when the test says so. */
class TurnClock extends ManualClock {
  readonly #ends: (() => void)[] = [];

  override endOfTurn(run: () => void): () => void {
    this.#ends.push(run);
    return () => {};
  }

  endTurn(): void {
    for (const run of this.#ends.splice(0)) run();
  }
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

describe("deliveries", () => {
  /** Delivers to listeners that take a millisecond each. */
  const setup = () => {
    const clock = new TurnClock();
    const deliveries = new Deliveries(clock);
    const reached: string[] = [];
    const start = (name: string, count: number) =>
      deliveries.start(range(count), (index) => {
        reached.push(`${name}${index}`);
        clock.advance(1);
      });
    /** Ends a turn. @returns the listeners that it has reached */
    const endTurn = () => {
      reached.length = 0;
      clock.endTurn();
      return [...reached];
    };
    return { reached, start, endTurn };
  };

  test("take two milliseconds of a turn, and continue in the next ones", () => {
    const { reached, start, endTurn } = setup();
    start("a", 5);
    expect(reached).toEqual(["a0", "a1"]);
    expect([endTurn(), endTurn(), endTurn()]).toEqual([["a2", "a3"], ["a4"], []]);
  });

  test("of several symbols have the time of one turn together, and one listener each in turn", () => {
    const { reached, start, endTurn } = setup();
    start("a", 4);
    start("b", 2);
    start("c", 1);
    expect(reached).toEqual(["a0", "a1"]);
    expect([endTurn(), endTurn(), endTurn()]).toEqual([["a2", "b0"], ["c0", "a3"], ["b1"]]);
  });

  test("can be finished immediately", () => {
    const { reached, start, endTurn } = setup();
    const delivery = start("a", 4);
    delivery?.finish();
    expect(reached).toEqual(["a0", "a1", "a2", "a3"]);
    expect(endTurn()).toEqual([]);
    expect(start("b", 1)).toBeUndefined();
  });

  test("without a clock are immediate", () => {
    const reached: number[] = [];
    expect(new Deliveries().start(range(100), (index) => reached.push(index))).toBeUndefined();
    expect(reached).toHaveLength(100);
  });
});

describe("a datafeed", () => {
  /** A datafeed whose watchers take a millisecond for each value, once `values` is empty. */
  const setup = async () => {
    const clock = new TurnClock();
    const source = new TapeSource(["1"]);
    source.happen({ time: START, price: 10, qty: 7, side: 1 });
    source.send();
    const datafeed = new Datafeed(source, undefined, clock);
    const values: string[] = [];
    const watch = (name: string) =>
      datafeed.watchQuotes("ACME", {
        onValue({ v: { lp } }) {
          values.push(`${name} ${lp}`);
          clock.advance(1);
        },
        onEnd: () => values.push(`${name} ended`),
      });
    let second = 0;
    const trade = (price: number) => {
      source.happen({ time: START + 1_000 * ++second, price, qty: 1, side: 1 });
      source.send();
    };
    return { clock, source, datafeed, values, watch, trade };
  };

  test("delivers a change to two watchers that take a millisecond each, and to the others in later turns", async () => {
    const { clock, values, watch, trade } = await setup();
    for (const name of ["a", "b", "c", "d", "e"]) await watch(name);
    values.length = 0;
    clock.endTurn();
    trade(11);
    expect(values).toEqual(["a 11", "b 11"]);
    clock.endTurn();
    clock.endTurn();
    expect(values).toEqual(["a 11", "b 11", "c 11", "d 11", "e 11"]);
  });

  test("delivers a change to all before the next one, and before its end", async () => {
    const { clock, datafeed, values, watch, trade } = await setup();
    for (const name of ["a", "b", "c"]) await watch(name);
    values.length = 0;
    clock.endTurn();
    trade(11);
    trade(12);
    await datafeed.close();
    const ended = ["a ended", "b ended", "c ended"];
    expect(values).toEqual(["a 11", "b 11", "c 11", "a 12", "b 12", "c 12", ...ended]);
  });

  test("delivers nothing to a watcher that has stopped meanwhile, and a change only once to one that joins", async () => {
    const { clock, values, watch, trade } = await setup();
    await watch("a");
    await watch("b");
    const stop = await watch("c");
    values.length = 0;
    clock.endTurn();
    trade(11);
    stop();
    await watch("d");
    clock.endTurn();
    clock.endTurn();
    expect(values).toEqual(["a 11", "b 11", "d 11"]);
  });

  test("delivers the top of book first, which orders are filled at", async () => {
    const { clock, datafeed, values, watch, trade } = await setup();
    await watch("a");
    await watch("b");
    await datafeed.watchTopOfBook(ACME.symbol, { onValue: ({ last }) => values.push(`top ${last}`) });
    values.length = 0;
    clock.endTurn();
    trade(11);
    expect(values).toEqual(["top 11", "a 11", "b 11"]);
  });
});
