import { expect, test } from "vitest";
import { createRest } from "../../src/rest/index.js";
import type { LibrarySymbolInfo, Order, PreOrder } from "../../src/tradingview/index.js";
import { AAPL } from "./fake-charts.js";
import { trading } from "./harness.js";

const ORDER: PreOrder = { symbol: "AAPL", type: 2, side: 1, qty: 1 };
const PLACED: Order = { ...ORDER, id: "o1", status: 6 };
const LEVERAGE = { symbol: "AAPL", orderType: 1, side: 1 } as const;

test("sends the library's requests for the account over REST", async () => {
  const info = { title: "Leverage", leverage: 5, min: 1, max: 10, step: 1 };
  const preview = { sections: [], confirmId: "c1" };
  const { broker, requests } = await trading({
    executions: async () => [],
    placeOrder: async () => ({ orderId: "o1" }),
    previewOrder: async () => preview,
    modifyOrder: async () => {},
    cancelOrder: async () => {},
    closePosition: async () => {},
    editPositionBrackets: async () => {},
    leverageInfo: async () => info,
    setLeverage: async () => ({ leverage: 7 }),
    previewLeverage: async () => ({ warnings: ["much"] }),
  });

  expect(await broker.executions("AAPL")).toEqual([]);
  expect(await broker.previewOrder(ORDER)).toEqual(preview);
  expect(await broker.placeOrder(ORDER)).toEqual({ orderId: "o1" });
  await broker.placeOrder(ORDER, "c1");
  await broker.modifyOrder(PLACED, "c2");
  await broker.cancelOrder("o1");
  await broker.closePosition("p1");
  await broker.closePosition("p1", 2);
  await broker.editPositionBrackets("p1", { stopLoss: 5 });
  expect(await broker.leverageInfo(LEVERAGE)).toEqual(info);
  expect(await broker.setLeverage({ ...LEVERAGE, leverage: 7 })).toEqual({ leverage: 7 });
  expect(await broker.previewLeverage({ ...LEVERAGE, leverage: 7 })).toEqual({ warnings: ["much"] });

  expect(requests).toEqual([
    ["executions", "A-1", "AAPL"],
    ["previewOrder", "A-1", ORDER],
    ["placeOrder", "A-1", ORDER],
    ["placeOrder", "A-1", { ...ORDER, confirmId: "c1" }],
    ["modifyOrder", "A-1", { ...PLACED, confirmId: "c2" }],
    ["cancelOrder", "A-1", "o1"],
    ["closePosition", "A-1", "p1", undefined],
    ["closePosition", "A-1", "p1", 2],
    ["editPositionBrackets", "A-1", "p1", { stopLoss: 5 }],
    ["leverageInfo", "A-1", LEVERAGE],
    ["setLeverage", "A-1", { ...LEVERAGE, leverage: 7 }],
    ["previewLeverage", "A-1", { ...LEVERAGE, leverage: 7 }],
  ]);
});

test("rejects with the server's message", async () => {
  const { broker } = await trading({
    placeOrder: async () => {
      throw new Error("Not enough money");
    },
    orders: async () => {
      throw new Error("The market is closed");
    },
  });

  await expect(broker.placeOrder(ORDER)).rejects.toThrow("Not enough money");
  await expect(broker.orders()).rejects.toThrow("The market is closed");
});

test("reports a symbol as tradable if it resolves, and caches successful replies only", async () => {
  let fails = true;
  const { broker, requests } = await trading({
    resolve: async () => {
      if (fails) throw new Error("Unknown symbol");
      return AAPL;
    },
  });
  expect(await broker.isTradable("AAPL")).toEqual({ tradable: false, reason: "Unknown symbol" });
  fails = false;
  expect(await broker.isTradable("AAPL")).toBe(true);
  await broker.isTradable("AAPL");
  await broker.symbolInfo("AAPL");

  expect(requests).toEqual([
    ["resolve", "AAPL"],
    ["resolve", "AAPL"],
  ]);
});

test("derives an instrument's steps from the symbol", async () => {
  const info: LibrarySymbolInfo = {
    ...AAPL,
    minmov: 5,
    pricescale: 100,
    volume_precision: 2,
    currency_code: "USD",
    description: "Apple",
  };
  const { broker } = await trading({ resolve: async () => info });
  expect(await broker.symbolInfo("AAPL")).toEqual({
    qty: { min: 0.01, max: 1e9, step: 0.01 },
    minTick: 0.05,
    pipSize: 0.05,
    pipValue: 0.05,
    description: "Apple",
    currency: "USD",
  });

  const limits = { min: 10, max: 100, step: 10 };
  const limited = await trading({ resolve: async () => info }, { quantityLimits: () => limits });
  expect((await limited.broker.symbolInfo("AAPL")).qty).toEqual(limits);
});

test("cancels all orders of a list, and says which were not cancelled", async () => {
  const { broker, requests } = await trading({
    cancelOrder: async (_account, id) => {
      if (id === "o2") throw new Error("Already filled");
    },
  });
  await expect(broker.cancelOrders("AAPL", 1, ["o1", "o2", "o3"])).rejects.toThrow(
    "1 of 3 orders were not cancelled: o2: Already filled",
  );
  await broker.cancelOrders("AAPL", undefined, ["o1"]);

  expect(requests.map(([, , id]) => id)).toEqual(["o1", "o2", "o3", "o1"]);
});

test("reverses a position with one market order of twice its quantity", async () => {
  const open = [
    { id: "long", symbol: "AAPL", qty: 2, side: 1, avgPrice: 5 },
    { id: "short", symbol: "MSFT", qty: 0.5, side: -1, avgPrice: 5 },
    { id: "flat", symbol: "SPY", qty: 0, side: 1, avgPrice: 0 },
  ] as const;
  const placed: unknown[] = [];
  const { broker } = await trading({
    positions: async () => [...open],
    placeOrder: async (_account, order) => {
      placed.push(order);
      return {};
    },
  });
  await broker.reversePosition("long");
  await broker.reversePosition("short");
  await expect(broker.reversePosition("flat")).rejects.toThrow("The position flat is not open");
  await expect(broker.reversePosition("closed")).rejects.toThrow("The position closed is not open");

  expect(placed).toEqual([
    { symbol: "AAPL", type: 2, side: -1, qty: 4 },
    { symbol: "MSFT", type: 2, side: 1, qty: 1 },
  ]);
});

test("reverses a position in one session: not for the user who has logged in meanwhile", async () => {
  let user = "ann";
  const sent: string[] = [];
  const rest = createRest({
    baseUrl: "https://example.com",
    getToken: () => user,
    async fetch(_, init) {
      sent.push(`${init?.method} ${new Headers(init?.headers).get("authorization")}`);
      return Response.json([{ id: "long", symbol: "AAPL", qty: 2, side: 1, avgPrice: 5 }]);
    },
  });
  const { broker } = await trading({
    ...rest,
    session() {
      const routes = rest.session();
      return {
        ...routes,
        async positions(...given) {
          const found = await routes.positions(...given);
          user = "bob";
          rest.logout();
          return found;
        },
      };
    },
  });
  await expect(broker.reversePosition("long")).rejects.toMatchObject({ code: "user_changed" });
  expect(sent).toEqual(["GET Bearer ann"]);
});

test("returns finished orders as the history", async () => {
  const all: Order[] = ([1, 2, 3, 4, 5, 6] as const).map((status) => ({ ...PLACED, id: `o${status}`, status }));
  const { broker } = await trading({ orders: async () => all });

  expect((await broker.ordersHistory()).map(({ id }) => id)).toEqual(["o1", "o2", "o5"]);
  expect(broker.accountManagerInfo().historyColumns.map(({ id }) => id)).toContain("status");
});

test("limits order types and durations by the symbol", async () => {
  const routes = { resolve: async () => AAPL };
  const { broker } = await trading(routes);
  expect(await broker.getSymbolSpecificTradingOptions("AAPL")).toEqual({});

  const limited = await trading(routes, {
    tradingOptions: ({ name }) => (name === "AAPL" ? { allowedOrderTypes: [1], allowedDurations: ["DAY"] } : {}),
  });
  expect(await limited.broker.getSymbolSpecificTradingOptions("AAPL")).toEqual({
    allowedOrderTypes: [1],
    allowedDurations: ["DAY"],
  });
});

test("formats prices as the host does", async () => {
  const { broker } = await trading();

  expect(await broker.formatter("AAPL", true)).toBe("AAPL true");
});

test("shows the host's context menu", async () => {
  const { broker } = await trading();

  expect(await broker.chartContextMenuActions("AAPL")).toEqual(["Buy AAPL"]);
});
