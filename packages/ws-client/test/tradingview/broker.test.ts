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

/** An answer that a test gives when it is time. */
function held<Answer>() {
  let give = (_answer: Answer): void => {};
  const promise = new Promise<Answer>((resolve) => {
    give = resolve;
  });
  return { promise, give: (answer: Answer) => give(answer) };
}

test("the host is told nothing before it has its broker, and the account's topics are asked for", async () => {
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

test("orders: loaded once, then told as they change; a state tells only what is new in it", async () => {
  const { host, confirm, update } = await trading({ orders: async () => [order("1"), order("2")] });
  await host.loadOrders();
  confirm(orders, [order("1"), order("2", { qty: 3 }), order("0", FILLED), order("3")]);
  update(orders, order("1", FILLED), 5);
  update(orders, order("1", FILLED), 6);

  expect(host.told("orderUpdate")).toEqual(["2 6", "3 6", "1 2"]);
  expect(host.told("ordersFullUpdate")).toEqual([]);
  expect(host.violations).toEqual([]);
});

test("a state that arrives before the host has loaded is not announced to it", async () => {
  const { host, confirm, update } = await trading();
  confirm(orders, [order("1"), order("0", FILLED)]);
  update(orders, order("2"), 3);

  expect(host.told("orderUpdate")).toEqual(["2 6"]);
});

test("a reply that the stream has overtaken is brought up to date", async () => {
  const reply = held<Order[]>();
  const { host, confirm, update } = await trading({ orders: () => reply.promise });
  confirm(orders, [order("1")]);
  const loading = host.loadOrders();
  update(orders, order("1", FILLED), 2);
  update(orders, order("9"), 3);
  update(orders, order("8", FILLED), 4);
  reply.give([order("1")]);
  await loading;

  expect([...host.orders.values()]).toEqual([order("1", FILLED), order("9")]);
});

test("a reply that is overtaken by a later load does not count as what the host knows", async () => {
  const replies = [held<Order[]>(), held<Order[]>()] as const;
  let asked = 0;
  const { broker, host, confirm } = await trading({ orders: () => replies[asked++]!.promise });
  const first = broker.orders();
  const second = broker.orders();
  replies[1].give([order("1", { qty: 7 })]);
  await second;
  replies[0].give([order("1")]);
  await first;
  confirm(orders, [order("1", { qty: 7 })]);

  expect(host.told("orderUpdate")).toEqual([]);
});

test("where only the time of an order has changed, its table is told and nothing is announced", async () => {
  const { host, confirm, update } = await trading({ orders: async () => [order("1", { updateTime: 1 })] });
  await host.loadOrders();
  confirm(orders, [order("1", { updateTime: 1 })]);
  update(orders, order("1", { updateTime: 2 }), 2);
  update(orders, order("1", { updateTime: 3, qty: 5 }), 3);

  expect(host.calls.slice(-2)).toEqual(['orderPartialUpdate 1 {"updateTime":2}', "orderUpdate 1 6"]);
  expect(host.violations).toEqual([]);
});

test("positions: loaded without flat ones, told as they change, flat ones once", async () => {
  const { host, confirm, update } = await trading({ positions: async () => [position("1", 2), position("0", 0)] });
  await host.loadPositions();
  expect([...host.positions.keys()]).toEqual(["1"]);
  confirm(positions, [position("1", 2), position("0", 0)]);
  update(positions, position("1", 5), 3);
  update(positions, position("1", 0), 4);

  expect(host.told("positionUpdate")).toEqual(["1 5", "1 0"]);
  expect(host.positions.size).toBe(0);
});

test("a gap makes the host load everything anew, once, and what followed is what it has", async () => {
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

test("a recovered connection needs no full update, and what was missed is told", async () => {
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

  expect(host.told("orderUpdate")).toEqual(["1 2"]);
  expect(host.told("ordersFullUpdate")).toEqual([]);
});

test("executions are told one by one, once", async () => {
  const { host, confirm, update } = await trading();
  confirm(executions, [], { snapshot: false, retention: "log" });
  const fill = { symbol: "AAPL", price: 10, qty: 1, side: 1, time: 5 };
  update(executions, fill, 1);
  update(executions, { ...fill, price: 11 }, 2);
  update(executions, { ...fill, price: 11 }, 2);

  expect(host.executions.map(({ price }) => price)).toEqual([10, 11]);
});

test("equity is told, and the account manager's figures follow it", async () => {
  const { host, broker, confirm } = await trading({}, { title: "Demo" });
  confirm(equity, [{ equity: 1_050, balance: 1_000, unrealizedPL: 50, realizedPL: 0 }]);
  const { accountTitle, summary, orderColumns, positionColumns, pages } = broker.accountManagerInfo();

  expect(host.told("equityUpdate")).toEqual(["1050"]);
  expect(host.figures.map(({ current }) => current)).toEqual([1_000, 1_050]);
  expect([accountTitle, summary.map(({ wValue }) => wValue), pages]).toEqual(["Demo", host.figures, []]);
  expect(orderColumns.map(({ id }) => id)).toContain("limitPrice");
  expect(positionColumns.map(({ id }) => id)).toEqual(["symbol", "side", "qty", "avgPrice"]);
});

test("each position's profit follows the quotes: bid for what is long, ask for what is short", async () => {
  const { host, confirm, update, network, client, sent } = await trading();
  const watched = () => client.inspect().topics.filter(({ route }) => route === "quotes");
  confirm(positions, [position("long", 2), position("short", 1, { side: -1 }), position("flat", 0)]);
  await tick();
  expect(watched().map(({ topic }) => topic)).toEqual(['quotes:{"fast_symbols":["AAPL"],"symbols":[]}']);
  const v = { lp: 105, bid: 104, ask: 107, spread: 3 };
  network.socket.confirm(network.socket.sent.at(-1), watched()[0]!.topic);
  network.socket.update(watched()[0]!.topic, { s: "error", n: "AAPL", v: {} });
  network.socket.update(watched()[0]!.topic, { s: "ok", n: "AAPL", v });
  expect(host.told("plUpdate")).toEqual(["long 8", "short -7"]);

  update(positions, position("long", 3), 4);
  expect(host.told("plUpdate").at(-1)).toBe("long 12");
  update(positions, position("long", 0), 5);
  update(positions, position("short", 0), 6);
  await tick();
  expect([watched(), sent(quotes)]).toEqual([[], ["subscribe", "unsubscribe"]]);
});

test("a position that only the load knows has its profit told, too; without plUpdates none has", async () => {
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

test("notifications are good or bad", async () => {
  const { host, confirm, update } = await trading();
  confirm(notifications, [], { snapshot: false, retention: "log" });
  for (const [index, severity] of ["info", "success", "warning", "error"].entries()) {
    update(notifications, { id: `${index}`, time: 1, severity, title: severity, message: "text" }, index + 1);
  }

  expect(host.told("showNotification")).toEqual([
    "info: text (1)",
    "success: text (1)",
    "warning: text (0)",
    "error: text (0)",
  ]);
});

test("notifications that were missed cannot be shown again: that is an error of the client", async () => {
  const { confirm, reconnect, errors } = await trading();
  confirm(notifications, [], { snapshot: false, retention: "log" });
  await reconnect();
  confirm(notifications, [], { snapshot: false, retention: "log", epoch: "e2", recovered: false });

  expect(errors.map(({ code }) => code)).toEqual(["gap"]);
});

test("the connection is the client's first, then what the broker says of its own", async () => {
  const { host, broker, confirm, update, network, clock, client } = await trading();
  expect(broker.connectionStatus()).toBe(2);
  confirm(brokerConnection, [{ status: 1, timestamp: 1 }]);
  expect(broker.connectionStatus()).toBe(1);
  update(brokerConnection, { status: 1, timestamp: 2 }, 2);
  update(brokerConnection, { status: 3, message: "Exchange closed", timestamp: 3 }, 3);
  update(brokerConnection, { status: 4, timestamp: 4 }, 4);
  update(brokerConnection, { status: 2, timestamp: 5 }, 5);
  expect(host.told("connection")).toEqual(["2", "1", "3 Exchange closed", "4", "2"]);

  host.calls.length = 0;
  update(brokerConnection, { status: 1, timestamp: 6 }, 6);
  network.socket.end();
  clock.advance(1_000);
  network.socket.welcome();
  await tick();
  expect(broker.connectionStatus()).toBe(2);
  confirm(brokerConnection, [], { snapshot: false, recovered: true, offset: 6 });
  client.close();
  const told = host.told("connection");
  expect(told.map((call) => call[0])).toEqual(["1", "2", "1", "3"]);
  expect(told[1]).toContain("Connection lost");
  expect([broker.connectionStatus(), host.violations]).toEqual([3, []]);
});

test("a broker that says nothing is connected, one that may not be asked is an error", async () => {
  const silent = await trading();
  silent.confirm(brokerConnection, []);
  expect(silent.broker.connectionStatus()).toBe(1);

  const { broker, host, network, subscribing } = await trading();
  network.socket.refuse(subscribing(brokerConnection), { code: "forbidden", message: "not yours" });
  expect(broker.connectionStatus()).toBe(4);
  expect(host.told("connection").at(-1)).toContain("not yours");
});

test("a topic whose state still arrives says nothing yet", async () => {
  const { broker, network, subscribing, update } = await trading();
  const topic = 'broker-connection:{"accountId":"A-1"}';
  const given = { epoch: "e1", offset: 0, retention: "keyed", snapshot: true } as const;
  network.socket.confirm(subscribing(brokerConnection), topic, given);
  expect(broker.connectionStatus()).toBe(2);
  update(brokerConnection, { status: 3, timestamp: 1 }, 1);
  network.socket.current(topic, "e1", 1);
  expect(broker.connectionStatus()).toBe(3);
});

test("what the broker said of another run is not carried over a gap", async () => {
  const { broker, confirm, reconnect } = await trading();
  confirm(brokerConnection, [{ status: 3, timestamp: 1 }]);
  await reconnect();
  confirm(brokerConnection, [], { epoch: "e2", recovered: false });

  expect(broker.connectionStatus()).toBe(1);
});

test("the origin's 0 is disconnected, and what nobody knows is an error", async () => {
  const { broker, confirm, update } = await trading();
  confirm(brokerConnection, [{ status: 0, timestamp: 1 }]);
  expect(broker.connectionStatus()).toBe(3);
  update(brokerConnection, { status: 7, timestamp: 1 }, 2);
  expect(broker.connectionStatus()).toBe(4);
});

test("the account is shown anew where its name or currency has changed, and only then", async () => {
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
  expect(host.told("currentAccountUpdate")).toEqual([]);
  update(account, { ...state, currency: "EUR" }, 3);
  update(account, { ...state, currency: "EUR", balance: 3 }, 4);

  expect(host.told("currentAccountUpdate")).toHaveLength(1);
});

test("realtime quotes follow a symbol until they are not wanted", async () => {
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

  expect(host.told("realtimeUpdate")).toEqual(['AAPL {"trade":5,"bid":4,"ask":6,"spread":2}']);
  expect(client.inspect().topics.map(({ route }) => route)).not.toContain("quotes");
});

test("destroy gives up every topic and tells the host nothing more", async () => {
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

test("a broker that is destroyed at once asks for nothing", async () => {
  const { client, rest } = await trading();
  const before = client.inspect().topics.length;
  createBroker(client, rest, new FakeHost(), { accountId: "B-2" }).destroy();
  await tick();

  expect(client.inspect().topics.length).toBe(before);
});
