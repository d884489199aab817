import {
  account,
  brokerConnection,
  equity,
  executions,
  notifications,
  orders,
  positions,
  quotes,
} from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { createBroker, type Order, type Position } from "../../src/tradingview/index.js";
import { FakeHost } from "./fake-host.js";
import { tick, trading } from "./harness.js";

const order = (id: string, more: Partial<Order> = {}): Order => ({
  id,
  symbol: "AAPL",
  type: 1,
  side: 1,
  qty: 2,
  status: 6,
  limitPrice: 100,
  ...more,
});
const position = (id: string, qty: number, more: Partial<Position> = {}): Position => ({
  id,
  symbol: "AAPL",
  qty,
  side: 1,
  avgPrice: 100,
  ...more,
});
const FILLED = { status: 2 } as const;

/** A promise that the test resolves. */
function deferred<Value>() {
  let resolve = (_value: Value): void => {};
  const promise = new Promise<Value>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve: (value: Value) => resolve(value) };
}

test("subscribes to the account's topics and does not call the host before it has its broker", async () => {
  const { host, network, client } = await trading();

  expect(host.violations).toEqual([]);
  expect(network.socket.sent.map(({ type }) => type.split(".")[0])).toEqual([
    "broker-connection",
    "orders",
    "positions",
    "equity",
    "account",
    "notifications",
    "executions",
  ]);
  expect(client.inspect().topics.map(({ topic }) => topic)).toContain('executions:{"accountId":"A-1","symbol":""}');
});

test("loads orders once, then sends changes; a snapshot sends only what differs", async () => {
  const { host, confirm, update } = await trading({ orders: async () => [order("1"), order("2")] });
  await host.loadOrders();
  confirm(orders, [order("1"), order("2", { qty: 3 }), order("0", FILLED), order("3")]);
  update(orders, order("1", FILLED), 5);
  update(orders, order("1", FILLED), 6);

  expect(host.callsOf("orderUpdate")).toEqual(["2 6", "3 6", "1 2"]);
  expect(host.callsOf("ordersFullUpdate")).toEqual([]);
  expect(host.violations).toEqual([]);
});

test("does not announce a snapshot that arrives before the host has loaded", async () => {
  const { host, confirm, update } = await trading();
  confirm(orders, [order("1"), order("0", FILLED)]);
  update(orders, order("2"), 3);

  expect(host.callsOf("orderUpdate")).toEqual(["2 6"]);
});

test("merges updates from the stream into an older REST reply", async () => {
  const reply = deferred<Order[]>();
  const { host, confirm, update } = await trading({ orders: () => reply.promise });
  confirm(orders, [order("1")]);
  const loading = host.loadOrders();
  update(orders, order("1", FILLED), 2);
  update(orders, order("9"), 3);
  update(orders, order("8", FILLED), 4);
  reply.resolve([order("1")]);
  await loading;

  expect([...host.orders.values()]).toEqual([order("1", FILLED), order("9")]);
});

test("ignores the reply of an earlier load that finishes after a later one", async () => {
  const replies = [deferred<Order[]>(), deferred<Order[]>()] as const;
  let loads = 0;
  const { broker, host, confirm } = await trading({ orders: () => replies[loads++]!.promise });
  const first = broker.orders();
  const second = broker.orders();
  replies[1].resolve([order("1", { qty: 7 })]);
  await second;
  replies[0].resolve([order("1")]);
  await first;
  confirm(orders, [order("1", { qty: 7 })]);

  expect(host.callsOf("orderUpdate")).toEqual([]);
});

test("sends a partial update if only an order's update time has changed", async () => {
  const { host, confirm, update } = await trading({ orders: async () => [order("1", { updateTime: 1 })] });
  await host.loadOrders();
  confirm(orders, [order("1", { updateTime: 1 })]);
  update(orders, order("1", { updateTime: 2 }), 2);
  update(orders, order("1", { updateTime: 3, qty: 5 }), 3);

  expect(host.calls.slice(-2)).toEqual(['orderPartialUpdate 1 {"updateTime":2}', "orderUpdate 1 6"]);
  expect(host.violations).toEqual([]);
});

test("loads open positions, then sends changes, and sends a closed position once", async () => {
  const { host, confirm, update } = await trading({ positions: async () => [position("1", 2), position("0", 0)] });
  await host.loadPositions();
  expect([...host.positions.keys()]).toEqual(["1"]);
  confirm(positions, [position("1", 2), position("0", 0)]);
  update(positions, position("1", 5), 3);
  update(positions, position("1", 0), 4);

  expect(host.callsOf("positionUpdate")).toEqual(["1 5", "1 0"]);
  expect(host.positions.size).toBe(0);
});

test("makes the host reload everything once after a gap", async () => {
  const { host, confirm, reconnect, routes, update } = await trading({
    orders: async () => [order("1")],
    positions: async () => [position("1", 1)],
  });
  await host.loadOrders();
  await host.loadPositions();
  confirm(orders, [order("1")]);
  confirm(positions, [position("1", 1)]);
  confirm(executions, [], { snapshot: false, retention: "log" });
  await reconnect();
  routes.orders = async () => [order("2")];
  routes.positions = async () => [position("2", 2)];
  host.calls.length = 0;
  const isNew = { epoch: "e2", recovered: false };
  confirm(orders, [order("2"), order("1", FILLED)], isNew);
  confirm(positions, [position("2", 2)], isNew);
  confirm(executions, [], { ...isNew, snapshot: false, retention: "log" });
  update(orders, order("3"), 3);
  await tick();

  expect(host.calls.filter((call) => !call.startsWith("connection"))).toEqual([
    "ordersFullUpdate",
    "positionsFullUpdate",
    "currentAccountUpdate",
    "orderUpdate 3 6",
  ]);
  expect([[...host.orders.keys()].toSorted(), [...host.positions.keys()]]).toEqual([["2", "3"], ["2"]]);
  expect(host.violations).toEqual([]);
});

test("sends missed updates after a recovered reconnect, without a full update", async () => {
  const { host, confirm, reconnect, network, subscribing, update } = await trading({
    orders: async () => [order("1")],
  });
  await host.loadOrders();
  confirm(orders, [order("1")]);
  await reconnect();
  const topic = 'orders:{"accountId":"A-1"}';
  const recovered = { epoch: "e1", offset: 1, retention: "keyed", recovered: true } as const;
  network.socket.confirm(subscribing(orders), topic, recovered);
  update(orders, order("1", FILLED), 2);

  expect(host.callsOf("orderUpdate")).toEqual(["1 2"]);
  expect(host.callsOf("ordersFullUpdate")).toEqual([]);
});

test("sends every execution once", async () => {
  const { host, confirm, update } = await trading();
  confirm(executions, [], { snapshot: false, retention: "log" });
  const fill = { symbol: "AAPL", price: 10, qty: 1, side: 1, time: 5 };
  update(executions, fill, 1);
  update(executions, { ...fill, price: 11 }, 2);
  update(executions, { ...fill, price: 11 }, 2);

  expect(host.executions.map(({ price }) => price)).toEqual([10, 11]);
});

test("sends equity and updates the account manager's figures", async () => {
  const { host, broker, confirm } = await trading({}, { title: "Demo" });
  confirm(equity, [{ equity: 1_050, balance: 1_000, unrealizedPL: 50, realizedPL: 0 }]);
  const { accountTitle, summary, orderColumns, positionColumns, pages } = broker.accountManagerInfo();

  expect(host.callsOf("equityUpdate")).toEqual(["1050"]);
  expect(host.figures.map(({ current }) => current)).toEqual([1_000, 1_050]);
  expect([accountTitle, summary.map(({ wValue }) => wValue), pages]).toEqual(["Demo", host.figures, []]);
  expect(orderColumns.map(({ id }) => id)).toContain("limitPrice");
  expect(positionColumns.map(({ id }) => id)).toEqual(["symbol", "side", "qty", "avgPrice"]);
});

test("shows no figures of a user who has logged out", async () => {
  const { host, broker, confirm, client } = await trading();
  confirm(equity, [{ equity: 1_050, balance: 1_000, unrealizedPL: 50, realizedPL: 0 }]);
  client.logout();
  expect(host.figures.map(({ current }) => current)).toEqual([0, 0]);
  broker.subscribeEquity();
  await tick();
  expect(host.callsOf("equityUpdate")).toEqual(["1050"]);
});

test("updates a position's profit from quotes: the bid for long, the ask for short", async () => {
  const { host, confirm, update, network, client, sent } = await trading();
  const quoteTopics = () => client.inspect().topics.filter(({ route }) => route === "quotes");
  confirm(positions, [position("long", 2), position("short", 1, { side: -1 }), position("flat", 0)]);
  await tick();
  expect(quoteTopics().map(({ topic }) => topic)).toEqual(['quotes:{"fast_symbols":["AAPL"],"symbols":[]}']);
  const v = { lp: 105, bid: 104, ask: 107, spread: 3 };
  network.socket.confirm(network.socket.sent.at(-1), quoteTopics()[0]!.topic);
  network.socket.update(quoteTopics()[0]!.topic, { s: "error", n: "AAPL", v: {} });
  network.socket.update(quoteTopics()[0]!.topic, { s: "ok", n: "AAPL", v });
  expect(host.callsOf("plUpdate")).toEqual(["long 8", "short -7"]);

  update(positions, position("long", 3), 4);
  expect(host.callsOf("plUpdate").at(-1)).toBe("long 12");
  update(positions, position("long", 0), 5);
  update(positions, position("short", 0), 6);
  await tick();
  expect([quoteTopics(), sent(quotes)]).toEqual([[], ["subscribe", "unsubscribe"]]);
});

test("updates the profit of positions that were only loaded, unless plUpdates is false", async () => {
  const routes = { positions: async () => [position("1", 2)] };
  const { host, client } = await trading(routes);
  await host.loadPositions();
  await tick();
  expect(client.inspect().topics.map(({ route }) => route)).toContain("quotes");

  const other = await trading(routes, { plUpdates: false });
  await other.host.loadPositions();
  other.confirm(positions, [position("1", 2)]);
  await tick();
  expect(other.client.inspect().topics.map(({ route }) => route)).not.toContain("quotes");
});

test("maps notification severities to success or error", async () => {
  const { host, confirm, update } = await trading();
  confirm(notifications, [], { snapshot: false, retention: "log" });
  for (const [index, severity] of ["info", "success", "warning", "error"].entries()) {
    update(notifications, { id: `${index}`, time: 1, severity, title: severity, message: "text" }, index + 1);
  }

  expect(host.callsOf("showNotification")).toEqual([
    "info: text (1)",
    "success: text (1)",
    "warning: text (0)",
    "error: text (0)",
  ]);
});

test("reports missed notifications as an error of the client", async () => {
  const { confirm, reconnect, errors } = await trading();
  confirm(notifications, [], { snapshot: false, retention: "log" });
  await reconnect();
  confirm(notifications, [], { snapshot: false, retention: "log", epoch: "e2", recovered: false });

  expect(errors.map(({ code }) => code)).toEqual(["gap"]);
});

test("reports the client's connection status first, then the broker's", async () => {
  const { host, broker, confirm, update, network, clock, client } = await trading();
  expect(broker.connectionStatus()).toBe(2);
  confirm(brokerConnection, [{ status: 1, timestamp: 1 }]);
  expect(broker.connectionStatus()).toBe(1);
  update(brokerConnection, { status: 1, timestamp: 2 }, 2);
  update(brokerConnection, { status: 3, message: "Exchange closed", timestamp: 3 }, 3);
  update(brokerConnection, { status: 4, timestamp: 4 }, 4);
  update(brokerConnection, { status: 2, timestamp: 5 }, 5);
  expect(host.callsOf("connection")).toEqual(["2", "1", "3 Exchange closed", "4", "2"]);

  host.calls.length = 0;
  update(brokerConnection, { status: 1, timestamp: 6 }, 6);
  network.socket.end();
  clock.advance(1_000);
  network.socket.welcome();
  await tick();
  expect(broker.connectionStatus()).toBe(2);
  confirm(brokerConnection, [], { snapshot: false, recovered: true, offset: 6 });
  client.close();
  const reported = host.callsOf("connection");
  expect(reported.map((call) => call[0])).toEqual(["1", "2", "1", "3"]);
  expect(reported[1]).toContain("Connection lost");
  expect([broker.connectionStatus(), host.violations]).toEqual([3, []]);
});

test("reports a broker without a status as connected, and a refused topic as an error", async () => {
  const silent = await trading();
  silent.confirm(brokerConnection, []);
  expect(silent.broker.connectionStatus()).toBe(1);

  const { broker, host, network, subscribing } = await trading();
  network.socket.refuse(subscribing(brokerConnection), { code: "forbidden", message: "not yours" });
  expect(broker.connectionStatus()).toBe(4);
  expect(host.callsOf("connection").at(-1)).toContain("not yours");
});

test("reports connecting until the snapshot of the status is complete", async () => {
  const { broker, network, subscribing, update } = await trading();
  const topic = 'broker-connection:{"accountId":"A-1"}';
  const given = { epoch: "e1", offset: 0, retention: "keyed", snapshot: true } as const;
  network.socket.confirm(subscribing(brokerConnection), topic, given);
  expect(broker.connectionStatus()).toBe(2);
  update(brokerConnection, { status: 3, timestamp: 1 }, 1);
  network.socket.current(topic, "e1", 1);
  expect(broker.connectionStatus()).toBe(3);
});

test("discards the broker's status after a gap", async () => {
  const { broker, confirm, reconnect } = await trading();
  confirm(brokerConnection, [{ status: 3, timestamp: 1 }]);
  await reconnect();
  confirm(brokerConnection, [], { epoch: "e2", recovered: false });

  expect(broker.connectionStatus()).toBe(1);
});

test("maps the legacy status 0 to disconnected, and an unknown status to error", async () => {
  const { broker, confirm, update } = await trading();
  confirm(brokerConnection, [{ status: 0, timestamp: 1 }]);
  expect(broker.connectionStatus()).toBe(3);
  update(brokerConnection, { status: 7, timestamp: 1 }, 2);
  expect(broker.connectionStatus()).toBe(4);
});

test("updates the account only if its name or currency changed", async () => {
  const state = {
    id: "A-1",
    name: "Demo",
    currency: "USD",
    balance: 1,
    equity: 1,
    marginUsed: 0,
    marginAvailable: 1,
    leverage: 1,
  };
  const { host, broker, confirm, update } = await trading({ account: async () => state });
  expect(broker.currentAccount()).toBe("A-1");
  expect(await broker.accountsMetainfo()).toEqual([{ id: "A-1", name: "Demo", currency: "USD" }]);
  confirm(account, [state]);
  update(account, { ...state, balance: 2 }, 2);
  expect(host.callsOf("currentAccountUpdate")).toEqual([]);
  update(account, { ...state, currency: "EUR" }, 3);
  update(account, { ...state, currency: "EUR", balance: 3 }, 4);

  expect(host.callsOf("currentAccountUpdate")).toHaveLength(1);
});

test("sends realtime quotes of a symbol until it is unsubscribed", async () => {
  const { host, broker, network, sent, client } = await trading();
  broker.unsubscribeRealtime("AAPL");
  broker.subscribeRealtime("AAPL");
  broker.subscribeRealtime("AAPL");
  await tick();
  expect(sent(quotes)).toEqual(["subscribe"]);
  const topic = 'quotes:{"fast_symbols":["AAPL"],"symbols":[]}';
  network.socket.confirm(network.socket.sent.at(-1), topic);
  network.socket.update(topic, { s: "ok", n: "AAPL", v: { lp: 5, bid: 4, ask: 6, spread: 2, volume: 9 } });
  broker.unsubscribeRealtime("AAPL");
  await tick();

  expect(host.callsOf("realtimeUpdate")).toEqual(['AAPL {"trade":5,"bid":4,"ask":6,"spread":2}']);
  expect(client.inspect().topics.map(({ route }) => route)).not.toContain("quotes");
});

test("unsubscribes from all topics and stops calling the host on destroy", async () => {
  const { host, broker, confirm, update, client, clock } = await trading({ positions: async () => [position("1", 1)] });
  confirm(positions, [position("1", 1)]);
  broker.subscribeRealtime("MSFT");
  await tick();
  const loading = host.loadPositions();
  broker.destroy();
  host.disconnect();
  broker.destroy();
  await loading;
  await tick();
  update(positions, position("1", 2), 2);
  expect(client.inspect().topics).toEqual([]);
  client.close();

  expect([host.violations, clock.pending]).toEqual([[], 0]);
});

test("subscribes to nothing if the broker is destroyed immediately", async () => {
  const { client, rest } = await trading();
  const before = client.inspect().topics.length;
  createBroker(client, rest, new FakeHost(), { accountId: "B-2" }).destroy();
  await tick();

  expect(client.inspect().topics.length).toBe(before);
});
