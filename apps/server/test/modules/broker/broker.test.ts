import { describe, expect, test } from "vitest";
import { until } from "../../until.js";
import { gate, listen, openBroker } from "./harness.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;

describe("an acknowledged command is stored", () => {
  test("an order is acknowledged and sent to listeners after its commit, not before", async () => {
    const { broker, store } = await openBroker();
    const { changes } = await listen(broker, "A-1");
    const { opened, open } = gate();
    store.beforeCommit = () => opened;
    const commits = store.commits.length;
    let isAcknowledged = false;
    const placed = broker.place("A-1", BUY).then((order) => {
      isAcknowledged = true;
      return order;
    });
    await until(() => store.commits.length > commits);
    // A snapshot that is requested meanwhile waits for the commit, too.
    const snapshot = broker.snapshot("A-1");
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect([isAcknowledged, changes]).toEqual([false, []]);
    open();
    expect(await placed).toMatchObject({ status: 2, filledQty: 1_000_000_000n });
    expect(changes.map(({ orders, executions }) => [orders.length, executions.length])).toEqual([[1, 1]]);
    expect((await snapshot).positions).toHaveLength(1);
  });

  test("commands of one turn of the event loop are one commit", async () => {
    const { broker, store } = await openBroker();
    await broker.place("A-1", LIMIT);
    const before = store.commits.length;
    const placed = await Promise.all(Array.from({ length: 100 }, () => broker.place("A-1", LIMIT)));
    expect(new Set(placed.map(({ id }) => id)).size).toBe(100);
    expect(store.commits.length).toBe(before + 1);
    expect(store.commits.at(-1)?.orders).toHaveLength(100);
  });

  test("reading alone commits nothing", async () => {
    const { broker, store } = await openBroker();
    await broker.snapshot("A-1");
    const before = store.commits.length;
    await broker.snapshot("A-1");
    await broker.leverage("A-1");
    expect(store.commits.length).toBe(before);
  });

  test("a restart restores everything, and an order with a known key is not placed again", async () => {
    const { broker, open, close } = await openBroker();
    const order = await broker.place("A-1", { ...BUY, takeProfit: 120, stopLoss: 80 }, "key-1");
    await broker.place("A-1", LIMIT);
    await broker.setLeverage("A-1", 4);
    await broker.place("A-2", { ...BUY, side: -1 });
    const before = [await broker.snapshot("A-1"), await broker.snapshot("A-2")];
    await close();
    const { broker: again } = await open();
    expect([await again.snapshot("A-1"), await again.snapshot("A-2")]).toEqual(before);
    const request = { ...BUY, takeProfit: 120, stopLoss: 80 };
    expect(await again.place("A-1", request, "key-1")).toEqual(order);
    expect(await again.executions("A-1", undefined, 10)).toHaveLength(1);
  });

  test("closing leaves neither a watch nor a timer, also of orders that are accepted meanwhile", async () => {
    const { broker, store, market, clock, close } = await openBroker();
    await broker.place("A-1", BUY);
    await broker.closePosition("A-1", "AAPL");
    const { opened, open: commit } = gate();
    store.beforeCommit = () => opened;
    const placed = broker.place("A-1", { ...LIMIT, timeInForce: "GTD", expiresAt: clock.now() + 60_000 });
    await until(() => store.commits.length === 3);
    const closed = close();
    commit();
    await Promise.all([placed, closed]);
    // A watch takes a turn to start, and to stop.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect([market.watched, clock.pending]).toEqual([[], 0]);
  });

  test("closing finishes accepted commands, and rejects new ones", async () => {
    const { broker, open, close } = await openBroker();
    await broker.snapshot("A-1");
    const cancelled = broker.place("A-1", LIMIT).then(({ id }) => id);
    const isClosed = new Promise((resolve) => setImmediate(resolve)).then(close);
    const id = await cancelled;
    await isClosed;
    await expect(broker.place("A-1", LIMIT)).rejects.toMatchObject({ code: "closing", retryable: true });
    const { broker: again } = await open();
    expect((await again.snapshot("A-1")).orders.map((order) => order.id)).toEqual([id]);
  });
});

describe("when the store fails", () => {
  test("the commands of the commit are rejected and undone, no listener gets them, and the broker continues", async () => {
    const { broker, store } = await openBroker();
    const first = await broker.place("A-1", LIMIT);
    const { states, changes } = await listen(broker, "A-1");
    const statuses: number[] = [];
    broker.onConnection(({ status }) => statuses.push(status));
    store.beforeCommit = () => {
      throw new Error("disk full");
    };
    const outcomes = await Promise.allSettled([
      broker.place("A-1", BUY),
      broker.cancel("A-1", first.id),
      broker.snapshot("A-1"),
    ]);
    for (const { reason } of outcomes as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: "store_unavailable", retryable: true });
    }
    await until(() => broker.isReady);
    store.beforeCommit = () => {};
    expect(changes).toEqual([]);
    expect(statuses).toEqual([4, 1]);
    const state = await broker.snapshot("A-1");
    expect([state.orders, state.positions]).toEqual([[first], []]);
    // Listeners get the whole state again.
    expect(states).toEqual([state, state]);
    expect((await broker.place("A-1", BUY)).status).toBe(2);
    expect(await broker.executions("A-1", undefined, 10)).toHaveLength(1);
  });

  test("a commit that was stored despite an error is acknowledged and sent to listeners", async () => {
    const { broker, store } = await openBroker();
    const { changes } = await listen(broker, "A-1");
    store.afterCommit = () => {
      store.afterCommit = () => {};
      throw new Error("connection lost");
    };
    expect((await broker.place("A-1", BUY)).status).toBe(2);
    expect(changes.map(({ executions }) => executions.length)).toEqual([1]);
    expect(await broker.executions("A-1", undefined, 10)).toHaveLength(1);
    expect((await broker.snapshot("A-1")).orders).toHaveLength(1);
  });

  test("the state is loaded as soon as possible; until then, commands are rejected", async () => {
    const { broker, store, clock } = await openBroker();
    const failing = () => {
      throw new Error("no connection");
    };
    store.beforeCommit = failing;
    store.beforeLoad = failing;
    const pending = broker.place("A-1", LIMIT);
    await until(() => !broker.isReady && clock.pending > 0);
    expect(broker.connection).toMatchObject({ status: 4 });
    expect(broker.readiness).toEqual({ status: "unavailable", reason: "store unavailable: no connection" });
    await expect(broker.snapshot("A-1")).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(broker.executions("A-1", undefined, 1)).rejects.toMatchObject({ code: "store_unavailable" });
    store.beforeCommit = store.beforeLoad = () => {};
    clock.advance(250);
    await expect(pending).rejects.toMatchObject({ code: "store_unavailable", retryable: true });
    await until(() => broker.isReady);
    expect(broker.connection).toMatchObject({ status: 1 });
    await broker.place("A-1", LIMIT);
  });

  test("prices are restored after the reload", async () => {
    const { broker, store, market } = await openBroker();
    await broker.place("A-1", BUY);
    market.setTopOfBook("AAPL", 109.9, 110.1);
    store.beforeCommit = () => {
      store.beforeCommit = () => {};
      throw new Error("disk full");
    };
    await expect(broker.place("A-1", LIMIT)).rejects.toMatchObject({ retryable: true });
    await until(() => broker.isReady);
    expect((await broker.snapshot("A-1")).valuation.unrealized).toBe(9_900_000_000n);
    expect(market.watched).toEqual(["AAPL"]);
  });

  test("an internal error in one command undoes the other commands of its commit", async () => {
    const { broker } = await openBroker();
    await broker.snapshot("A-1");
    const failing = {
      ...BUY,
      get side(): 1 {
        throw new TypeError("internal error");
      },
    };
    const other = broker.place("A-1", BUY);
    const failed = broker.place("A-1", failing);
    await expect(failed).rejects.toThrow("internal error");
    await expect(other).rejects.toMatchObject({ retryable: true });
    await until(() => broker.isReady);
    expect((await broker.snapshot("A-1")).orders).toEqual([]);
  });
});

describe("the market is watched", () => {
  test("for symbols with working orders or open positions, and for no others", async () => {
    const { broker, market } = await openBroker();
    expect(market.watched).toEqual([]);
    const order = await broker.place("A-1", LIMIT);
    await broker.place("A-2", LIMIT).then(({ id }) => broker.cancel("A-2", id));
    expect(market.watched).toEqual(["AAPL"]);
    await broker.place("A-1", { ...BUY, symbol: "MSFT" });
    expect(market.watched).toEqual(["AAPL", "MSFT"]);
    await broker.cancel("A-1", order.id);
    expect(market.watched).toEqual(["MSFT"]);
    await broker.closePosition("A-1", "MSFT");
    expect(market.watched).toEqual([]);
    await broker.preview("A-1", BUY);
    await expect(broker.place("A-1", { ...BUY, qty: 0.5 })).rejects.toMatchObject({ code: "invalid_qty" });
    await expect(broker.place("A-1", { ...BUY, symbol: "NOPE" })).rejects.toMatchObject({ code: "unknown_symbol" });
    expect(market.watched).toEqual([]);
  });

  test("after a restart, for stored orders and positions", async () => {
    const { broker, market, open, close } = await openBroker();
    await broker.place("A-1", LIMIT);
    await broker.place("A-1", { ...BUY, symbol: "MSFT" });
    await close();
    expect(market.watched).toEqual([]);
    const { broker: again } = await open();
    await until(() => market.watched.length > 1);
    expect(market.watched).toEqual(["AAPL", "MSFT"]);
    market.setTopOfBook("AAPL", 89, 89.5);
    market.setTopOfBook("MSFT", 409, 411);
    const { positions, valuation } = await again.snapshot("A-1");
    expect(positions.map(({ symbol }) => symbol).sort()).toEqual(["AAPL", "MSFT"]);
    expect(valuation.unrealized).toBe(9_000_000_000n + -250_000_000n);
  });

  test("an order of an unwatched symbol is filled at the current price, never at an old one", async () => {
    const { broker, market } = await openBroker();
    expect(await broker.place("A-1", BUY)).toMatchObject({ status: 2, filledValue: 100_100_000_000n });
    await broker.closePosition("A-1", "AAPL");
    market.setTopOfBook("AAPL", 199.9, 200.1);
    expect(await broker.place("A-1", BUY)).toMatchObject({ status: 2, filledValue: 200_100_000_000n });
    await broker.closePosition("A-1", "AAPL");
    market.failure = new Error("feed lost");
    expect(await broker.place("A-1", BUY)).toMatchObject({ status: 6 });
  });

  test("an order without prices works until there are prices, and the connection status reports it", async () => {
    const { broker, market, clock } = await openBroker();
    const statuses: (string | undefined)[] = [];
    broker.onConnection(({ status, message }) => statuses.push(`${status} ${message ?? ""}`));
    market.failure = new Error("feed lost");
    const placed = broker.place("A-1", BUY);
    expect(await placed).toMatchObject({ status: 6 });
    expect(statuses).toEqual(["3 No prices for AAPL at the moment."]);
    clock.advance(1_000);
    market.failure = undefined;
    await new Promise(setImmediate);
    clock.advance(1_000);
    await until(() => statuses.length > 1);
    expect(statuses.slice(1)).toEqual(["1 "]);
    expect((await broker.snapshot("A-1")).orders).toMatchObject([{ status: 2 }]);
  });
});

test("listeners get the state of their account, then its changes, until they stop", async () => {
  const { broker, market } = await openBroker();
  await broker.place("A-1", LIMIT);
  const [one, other] = [await listen(broker, "A-1"), await listen(broker, "A-2")];
  expect(one.states).toMatchObject([{ orders: [{ status: 6 }], account: { id: "A-1" } }]);
  expect(other.states).toMatchObject([{ orders: [], account: { id: "A-2" } }]);
  const placed = broker.place("A-2", BUY);
  const joining = listen(broker, "A-2");
  await placed;
  const late = await joining;
  expect(one.changes).toEqual([]);
  expect(other.changes).toMatchObject([{ executions: [{ accountId: "A-2" }], valuation: { accountId: "A-2" } }]);
  // The state includes changes of the turn in which the listener was added.
  expect(late.states[0]?.orders.length).toBe(1);
  expect(late.changes).toEqual([]);
  market.setTopOfBook("AAPL", 101, 102);
  await broker.snapshot("A-2");
  expect(other.changes.slice(1)).toMatchObject([
    { orders: [], executions: [], valuation: { unrealized: 14_000_000_00n } },
  ]);
  other.stop();
  other.stop();
  market.setTopOfBook("AAPL", 103, 104);
  await broker.snapshot("A-2");
  expect([other.changes.length, late.changes.length]).toEqual([2, 2]);
});
