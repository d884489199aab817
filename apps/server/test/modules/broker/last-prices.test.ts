import { describe, expect, test } from "vitest";
import { until } from "../../until.js";
import { openBroker, passUntil } from "./harness.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
const STOP = { symbol: "AAPL", type: 3, side: 1, qty: 10, stopPrice: 105 } as const;
const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;
/** The profit of 10 shares that were bought at 100.1, at 110. */
const PROFIT = 9_900_000_000n;

/** Opens a broker with a position whose price has risen to 110, restarts it, and gives no prices to the new one. */
async function restartWithoutFeed() {
  const opened = await openBroker();
  const { broker, market, close, open } = opened;
  await broker.place("A-1", BUY);
  market.setTopOfBook("AAPL", 109.9, 110.1);
  await broker.snapshot("A-1");
  await close();
  market.failure = new Error("feed lost");
  return { ...opened, ...(await open("trading-2")) };
}

describe("the last prices survive a restart", () => {
  test("and value positions until the market reports prices", async () => {
    const { broker, market, clock } = await restartWithoutFeed();
    expect((await broker.snapshot("A-1")).valuation.unrealized).toBe(PROFIT);
    market.failure = undefined;
    market.setTopOfBook("AAPL", 119.9, 120.1);
    clock.advance(1_000);
    await until(() => market.watched.length > 0);
    expect((await broker.snapshot("A-1")).valuation.unrealized).toBe(2n * PROFIT + 100_000_000n);
  });

  test("but trigger no stop and fill no order: a new price does", async () => {
    const { broker, market, clock } = await restartWithoutFeed();
    const entered = await broker.place("A-1", BUY);
    const stops = [await broker.place("A-1", STOP), await broker.place("A-1", { ...STOP, stopPrice: 90 })];
    expect(entered).toMatchObject({ status: 6, filledQty: 0n });
    expect(stops).toMatchObject([
      { status: 6, isTriggered: false },
      { status: 6, isTriggered: false },
    ]);
    market.failure = undefined;
    market.setTopOfBook("AAPL", 99.9, 100.1);
    clock.advance(1_000);
    await until(() => market.watched.length > 0);
    const { orders } = await broker.snapshot("A-1");
    const byId = new Map(orders.map((order) => [order.id, order]));
    expect(byId.get(entered.id)).toMatchObject({ status: 2, filledValue: 100_100_000_000n });
    expect(stops.map(({ id }) => byId.get(id)?.status)).toEqual([6, 2]);
  });

  test("of a symbol that is no longer watched are old, too", async () => {
    const { broker, market } = await openBroker();
    await broker.place("A-1", BUY);
    market.setTopOfBook("AAPL", 109.9, 110.1);
    await broker.closePosition("A-1", "AAPL");
    market.failure = new Error("feed lost");
    expect(await broker.place("A-1", STOP)).toMatchObject({ status: 6, isTriggered: false });
  });

  test("cost one commit in five seconds, and none with another commit or without a change", async () => {
    const { broker, store, market, clock } = await openBroker();
    await broker.place("A-1", BUY);
    const pass = (ms: number) => {
      const end = clock.now() + ms;
      return passUntil(clock, () => clock.now() >= end);
    };
    const before = store.commits.length;
    for (let second = 1; second <= 5; second++) {
      for (let tick = 1; tick <= 100; tick++)
        market.setTopOfBook("AAPL", 100 + second + tick / 100, 100 + second + tick / 100);
      await broker.snapshot("A-1");
      await pass(980);
    }
    expect(store.commits.length).toBe(before);
    await pass(200);
    expect(store.commits.slice(before)).toMatchObject([
      { orders: [], prices: [{ symbol: "AAPL", last: 10_600_000_000n }] },
    ]);
    await pass(10_000);
    expect(store.commits.length).toBe(before + 1);
    market.setTopOfBook("AAPL", 109.9, 110.1);
    await broker.place("A-1", LIMIT);
    expect(store.commits.slice(before + 1)).toMatchObject([{ prices: [{ symbol: "AAPL", last: 11_000_000_000n }] }]);
    await pass(10_000);
    expect(store.commits.length).toBe(before + 2);
  });
});

describe("after a failed commit", () => {
  const jump = (price: number) => ({ price, qty: 1_000, isJump: true });
  const pass = (price: number) => ({ price, qty: 1_000, isJump: false });
  const moves = [jump(100), pass(106), pass(85), pass(101)];

  test("the moves of a bar do not fill an order that was placed after it", async () => {
    const { broker, store, market } = await openBroker();
    await broker.place("A-1", BUY);
    market.setTopOfBook("AAPL", 100.9, 101.1, 1_000, { time: 60_000, moves });
    const { id } = await broker.place("A-1", LIMIT);
    store.beforeCommit = () => {
      store.beforeCommit = () => {};
      throw new Error("disk full");
    };
    await expect(broker.setLeverage("A-1", 3)).rejects.toMatchObject({ retryable: true });
    await until(() => broker.isReady);
    const { orders } = await broker.snapshot("A-1");
    expect(orders.find((order) => order.id === id)).toMatchObject({ status: 6, filledQty: 0n });
  });

  test("the moves of a bar whose fills were not stored fill again", async () => {
    const { broker, store, market } = await openBroker();
    const { id } = await broker.place("A-1", LIMIT);
    let hasFailed = false;
    store.beforeCommit = () => {
      store.beforeCommit = () => {};
      hasFailed = true;
      throw new Error("disk full");
    };
    market.setTopOfBook("AAPL", 100.9, 101.1, 1_000, { time: 60_000, moves });
    await until(() => hasFailed && broker.isReady);
    const { orders } = await broker.snapshot("A-1");
    expect(orders.find((order) => order.id === id)).toMatchObject({ status: 2, filledValue: 90_000_000_000n });
  });
});
