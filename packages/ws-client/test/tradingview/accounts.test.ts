import { account, equity, orders, positions } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { Position } from "../../src/tradingview/index.js";
import { tick, trading } from "./harness.js";

const state = (id: string) => ({
  id,
  name: `Account ${id}`,
  currency: "USD",
  balance: 1,
  equity: 1,
  marginUsed: 0,
  marginAvailable: 1,
  leverage: 1,
});
const ACCOUNTS = { accounts: ["A-1", "B-2"] };

test("lists the accounts, and leaves out another one that cannot be read", async () => {
  const { broker, routes, problems } = await trading({ account: async (id) => state(id) }, ACCOUNTS);
  expect(await broker.accountsMetainfo()).toEqual([
    { id: "A-1", name: "Account A-1", currency: "USD" },
    { id: "B-2", name: "Account B-2", currency: "USD" },
  ]);
  routes.account = async (id) => {
    if (id === "B-2") throw new Error("No access");
    return state(id);
  };
  expect((await broker.accountsMetainfo()).map(({ id }) => id)).toEqual(["A-1"]);
  expect(problems).toEqual([new Error("No access")]);
  routes.account = async () => {
    throw new Error("The server is down");
  };
  await expect(broker.accountsMetainfo()).rejects.toThrow("The server is down");
});

test("follows and trades on the account that the user chose", async () => {
  const { broker, host, client, requests } = await trading({ cancelOrder: async () => {} }, ACCOUNTS);
  broker.setCurrentAccount("B-2");
  await tick();
  await broker.cancelOrder("o1");

  expect(broker.currentAccount()).toBe("B-2");
  expect(host.callsOf("currentAccountUpdate")).toHaveLength(1);
  expect(requests.at(-1)).toEqual(["cancelOrder", "B-2", "o1"]);
  const topics = client.inspect().topics.map(({ topic }) => topic);
  expect(topics).toHaveLength(7);
  expect(topics.filter((topic) => topic.includes("A-1"))).toEqual([]);
  expect(broker.accountManagerInfo().accountTitle).toBe("B-2");
});

test("does nothing if the account is the current one, and rejects one that is not offered", async () => {
  const { broker, host } = await trading({}, ACCOUNTS);
  broker.setCurrentAccount("A-1");
  expect(() => broker.setCurrentAccount("C-3")).toThrow("Unknown account C-3: expected one of A-1, B-2");

  expect(host.callsOf("currentAccountUpdate")).toEqual([]);
});

test("passes no update of the former account", async () => {
  const { broker, host, confirm, update } = await trading({}, ACCOUNTS);
  confirm(orders, []);
  confirm(equity, [{ equity: 7, balance: 7, unrealizedPL: 0, realizedPL: 0 }]);
  confirm(account, []);
  host.calls.length = 0;
  broker.setCurrentAccount("B-2");
  broker.subscribeEquity();
  await tick();
  update(orders, { id: "1", symbol: "AAPL", type: 2, side: 1, qty: 1, status: 6 }, 1);
  update(equity, { equity: 5, balance: 5, unrealizedPL: 0, realizedPL: 0 }, 1);

  expect(host.calls.filter((call) => /^(order|equity)/.test(call))).toEqual([]);
});

test("subscribes to no quotes for positions of the former account that load late", async () => {
  let reply = (_: Position[]): void => {};
  const pending = new Promise<Position[]>((resolve) => {
    reply = resolve;
  });
  const { broker, client, confirm } = await trading({ positions: () => pending }, ACCOUNTS);
  confirm(positions, []);
  const loading = broker.positions();
  broker.setCurrentAccount("B-2");
  reply([{ id: "p1", symbol: "AAPL", qty: 1, side: 1, avgPrice: 5 }]);
  await loading;
  await tick();

  expect(client.inspect().topics.map(({ route }) => route)).not.toContain("quotes");
});
