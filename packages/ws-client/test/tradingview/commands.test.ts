import { expect, test } from "vitest";
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

test("shows the host's context menu", async () => {
  const { broker } = await trading();

  expect(await broker.chartContextMenuActions("AAPL")).toEqual(["Buy AAPL"]);
});
