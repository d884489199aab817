import { createServer } from "@trading/ws-server";
import { MemoryClient } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { brokerStreams } from "../../../src/modules/broker/streams.js";
import { openBroker } from "./harness.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;

/** Starts a streaming server with a broker. Every client has access to every account. */
async function streaming() {
  const parts = await openBroker({ leverage: 2 });
  const server = createServer({
    title: "Test",
    version: "1.0.0",
    modules: [brokerStreams(parts.broker)],
    authorize: () => true,
    clock: parts.clock,
    logger: parts.logger,
    lingerMs: 0,
  });
  onTestFinished(() => server.close());
  const client = MemoryClient.connect(server, { protocol: "base" });
  const updates = new Map<string, unknown[]>();
  /** Subscribes. Returns the list to which updates are added. */
  const subscribe = async (route: string, params: object) => {
    client.subscribe(route, params);
    for (;;) {
      const { type, payload } = await next();
      if (type !== `${route}.subscribe.response`) continue;
      const { topic } = payload as { topic: string };
      const received: unknown[] = updates.get(topic) ?? [];
      updates.set(topic, received);
      return received;
    }
  };
  const next = async () => {
    const frame = (await client.next()) as { type: string; payload: { topic: string; payload?: unknown } };
    if (frame.type.endsWith(".update")) {
      const received = updates.get(frame.payload.topic) ?? [];
      updates.set(frame.payload.topic, received);
      received.push(frame.payload.payload);
    }
    return frame;
  };
  /** Reads frames until a condition is true. */
  const reach = async (isTrue: () => boolean) => {
    while (!isTrue()) await next();
  };
  return { ...parts, server, client, subscribe, reach };
}

const EQUITY = { equity: 100_000, balance: 100_000, unrealizedPL: 0, realizedPL: 0 };

test("each route sends the account's state, then its changes", async () => {
  const { broker, market, clock, subscribe, reach } = await streaming();
  const now = clock.now();
  const limit = await broker.place("A-1", { ...BUY, type: 1, limitPrice: 90.5, takeProfit: 120 });
  const accountId = "A-1";
  const orders = await subscribe("orders", { accountId });
  const positions = await subscribe("positions", { accountId });
  const equity = await subscribe("equity", { accountId });
  const account = await subscribe("account", { accountId });
  const connection = await subscribe("broker-connection", { accountId });
  const executions = await subscribe("executions", { accountId, symbol: null });
  const microsoft = await subscribe("executions", { accountId, symbol: "MSFT" });
  const notifications = await subscribe("notifications", { accountId });
  await reach(() => connection.length === 1 && account.length === 1);
  const working = { id: limit.id, symbol: "AAPL", type: 1, side: 1, qty: 10, status: 6, filledQty: 0, updateTime: now };
  expect(orders).toEqual([{ ...working, limitPrice: 90.5, takeProfit: 120 }]);
  expect(positions).toEqual([]);
  expect(equity).toEqual([EQUITY]);
  const state = { id: "A-1", name: "A-1", currency: "USD", balance: 100_000, equity: 100_000, leverage: 2 };
  expect(account).toEqual([{ ...state, marginUsed: 0, marginAvailable: 100_000 }]);
  expect(connection).toEqual([{ status: 1, timestamp: now }]);

  const { id } = await broker.place("A-1", BUY);
  await reach(() => notifications.length === 1 && account.length === 2);
  const filled = {
    id,
    symbol: "AAPL",
    type: 2,
    side: 1,
    qty: 10,
    status: 2,
    filledQty: 10,
    avgPrice: 100.1,
    updateTime: now,
  };
  expect(orders.slice(1)).toEqual([filled]);
  expect(positions).toEqual([{ id: "AAPL", symbol: "AAPL", qty: 10, side: 1, avgPrice: 100.1 }]);
  expect(executions).toEqual([{ symbol: "AAPL", price: 100.1, qty: 10, side: 1, time: now }]);
  expect(notifications).toMatchObject([{ severity: "success", orderId: id, time: now }]);
  expect(equity.slice(1)).toEqual([{ ...EQUITY, equity: 99_999, unrealizedPL: -1 }]);
  expect(account.slice(1)).toEqual([{ ...state, equity: 99_999, marginUsed: 500.5, marginAvailable: 99_498.5 }]);

  market.setTopOfBook("AAPL", 110, 110.2);
  await reach(() => account.length === 3);
  expect(equity.at(-1)).toEqual({ ...EQUITY, equity: 100_100, unrealizedPL: 100 });
  expect(orders).toHaveLength(2);

  await broker.setLeverage("A-1", 10);
  await reach(() => account.length === 4);
  expect(account.at(-1)).toMatchObject({ leverage: 10, marginUsed: 100.1 });

  await broker.closePosition("A-1", "AAPL");
  await broker.place("A-1", { ...BUY, symbol: "MSFT" });
  await reach(() => microsoft.length === 1 && notifications.length === 3);
  expect(positions.slice(1)).toMatchObject([
    { id: "AAPL", qty: 0 },
    { id: "MSFT", qty: 10 },
  ]);
  expect(executions.slice(1)).toMatchObject([{ symbol: "AAPL", side: -1, price: 110 }, { symbol: "MSFT" }]);
  expect(microsoft).toMatchObject([{ symbol: "MSFT", price: 401 }]);
});

test("an account's topics have no updates of other accounts, and end when they are unsubscribed", async () => {
  const { broker, client, server, subscribe, reach } = await streaming();
  const one = await subscribe("orders", { accountId: "A-1" });
  const other = await subscribe("orders", { accountId: "A-2" });
  await broker.place("A-1", BUY);
  await broker.place("A-2", { ...BUY, qty: 7 });
  await reach(() => other.length === 1);
  expect([one, other]).toMatchObject([[{ qty: 10 }], [{ qty: 7 }]]);
  client.send({ type: "orders.unsubscribe", payload: { accountId: "A-1" } });
  await client.next();
  while (server.counts().topics > 1) await new Promise(setImmediate);
  await broker.place("A-1", BUY);
  await broker.place("A-2", BUY);
  await reach(() => other.length === 2);
  expect(one).toHaveLength(1);
});
