import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@trading/ws-client";
import { createRest, type Order } from "@trading/ws-client/rest";
import { createBroker } from "@trading/ws-client/tradingview";
import { systemClock, systemRandom } from "@trading/ws-server";
import { RecordingLogger } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createApp } from "../../../src/app.js";
import { accessByClaims } from "../../../src/auth/access.js";
import { createBrokerModule } from "../../../src/modules/broker/index.js";
import { until } from "../../helpers.js";
import { FakeMarket } from "./fake-market.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;

/** Starts a server with a broker. A token is the id of the account to which it gives access. */
async function serving() {
  const dataDirectory = mkdtempSync(join(tmpdir(), "broker-"));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true }));
  const market = new FakeMarket();
  market.setTopOfBook("AAPL", 99.9, 100.1);
  const logger = new RecordingLogger();
  const parts = { clock: systemClock, random: systemRandom, logger };
  const module = await createBrokerModule({ ...parts, market, dataDirectory, accounts: { leverage: 2 } });
  const access = accessByClaims((token) => ({ subject: token, claims: { accounts: [token] } }), new Set(["TEST-001"]));
  const app = await createApp({ modules: [module], access, clock: systemClock, logger });
  onTestFinished(() => app.close());
  const port = await app.listen(0, "127.0.0.1");
  const baseUrl = `http://127.0.0.1:${port}/api/v1`;
  const restOf = (accountId: string) => createRest({ baseUrl, getToken: () => accountId, timeoutMs: 0 });
  return { app, module, market, baseUrl, url: `ws://127.0.0.1:${port}/api/v1/ws`, rest: restOf("A-1"), restOf };
}

const json = { "content-type": "application/json" };

describe("the SDK's REST interface", () => {
  test("places, changes, cancels and lists orders", async () => {
    const { rest } = await serving();
    expect(await rest.account("A-1")).toEqual({
      id: "A-1",
      name: "A-1",
      currency: "USD",
      balance: 100_000,
      equity: 100_000,
      marginUsed: 0,
      marginAvailable: 100_000,
      leverage: 2,
    });
    const { orderId } = await rest.placeOrder("A-1", { ...LIMIT, takeProfit: 120, stopLoss: 80 });
    const [order] = await rest.orders("A-1");
    expect(order).toEqual({
      ...LIMIT,
      takeProfit: 120,
      stopLoss: 80,
      id: orderId,
      status: 6,
      filledQty: 0,
      updateTime: expect.any(Number),
    });
    const { takeProfit, ...rest_ } = order as Order;
    await rest.modifyOrder("A-1", { ...rest_, qty: 12, limitPrice: 91.5 });
    const [changed] = await rest.orders("A-1");
    expect(changed).toMatchObject({ id: orderId, qty: 12, limitPrice: 91.5, stopLoss: 80 });
    expect([takeProfit, changed]).toEqual([120, expect.not.objectContaining({ takeProfit: 120 })]);
    expect(await rest.cancelOrder("A-1", orderId as string)).toBeUndefined();
    expect(await rest.orders("A-1")).toMatchObject([{ id: orderId, status: 1 }]);
  });

  test("opens, protects and closes positions, and lists executions", async () => {
    const { rest, market } = await serving();
    await rest.placeOrder("A-1", BUY);
    expect(await rest.positions("A-1")).toEqual([{ id: "AAPL", symbol: "AAPL", qty: 10, side: 1, avgPrice: 100.1 }]);
    await rest.editPositionBrackets("A-1", "AAPL", { takeProfit: 130, stopLoss: 90 });
    expect((await rest.orders("A-1")).filter(({ status }) => status === 6)).toMatchObject([
      { type: 1, side: -1, limitPrice: 130 },
      { type: 3, side: -1, stopPrice: 90 },
    ]);
    await rest.closePosition("A-1", "AAPL", 4);
    expect(await rest.positions("A-1")).toMatchObject([{ qty: 6 }]);
    market.setTopOfBook("AAPL", 110, 110.2);
    await rest.closePosition("A-1", "AAPL");
    expect(await rest.positions("A-1")).toEqual([]);
    expect(await rest.executions("A-1", "AAPL")).toMatchObject([
      { symbol: "AAPL", price: 100.1, qty: 10, side: 1 },
      { symbol: "AAPL", price: 99.9, qty: 4, side: -1 },
      { symbol: "AAPL", price: 110, qty: 6, side: -1 },
    ]);
    expect(await rest.executions("A-1", "MSFT")).toEqual([]);
    expect(await rest.account("A-1")).toMatchObject({ balance: 100_058.6, equity: 100_058.6, marginUsed: 0 });
  });

  test("previews orders and leverage as text, and changes nothing", async () => {
    const { rest } = await serving();
    expect(await rest.previewOrder("A-1", BUY)).toEqual({
      sections: [
        {
          header: "Cost",
          rows: [
            { title: "Estimated price", value: "100.10 USD" },
            { title: "Value", value: "1,001.00 USD" },
          ],
        },
        {
          header: "Margin",
          rows: [
            { title: "Required margin", value: "500.50 USD" },
            { title: "Available margin", value: "100,000.00 USD" },
          ],
        },
      ],
    });
    const tooLarge = await rest.previewOrder("A-1", { ...BUY, qty: 10_000 });
    expect(tooLarge.errors).toEqual([expect.stringContaining("margin")]);
    const params = { symbol: "AAPL", orderType: 2, side: 1 } as const;
    expect(await rest.leverageInfo("A-1", params)).toEqual({
      title: "Account leverage",
      leverage: 2,
      min: 1,
      max: 20,
      step: 1,
    });
    expect(await rest.previewLeverage("A-1", { ...params, leverage: 4 })).toEqual({
      infos: ["Used margin: 0.00 → 0.00 USD", "Available margin: 100,000.00 → 100,000.00 USD"],
    });
    expect((await rest.previewLeverage("A-1", { ...params, leverage: 400 })).errors).toHaveLength(1);
    expect(await rest.setLeverage("A-1", { ...params, leverage: 4 })).toEqual({ leverage: 4 });
    expect((await rest.account("A-1")).leverage).toBe(4);
    expect(await rest.orders("A-1")).toEqual([]);
  });

  test.each([
    ["a quantity between steps", { qty: 0.5 }, 422, "invalid_qty"],
    ["a symbol without a market", { symbol: "NOPE" }, 422, "unknown_symbol"],
    ["more than there is margin for", { qty: 10_000 }, 422, "not_enough_margin"],
    ["a limit order without its price", { type: 1 }, 422, "invalid_price"],
    ["an unknown order type", { type: 9 }, 400, "invalid_body"],
    ["a trailing stop, which is not supported", { trailingStopPips: 5 }, 400, "invalid_body"],
  ])("rejects %s", async (_, change, status, code) => {
    const { rest } = await serving();
    await expect(rest.placeOrder("A-1", { ...BUY, ...change } as never)).rejects.toMatchObject({ status, code });
    expect(await rest.orders("A-1")).toEqual([]);
  });

  test("rejects unknown orders and positions, and finished orders", async () => {
    const { rest } = await serving();
    const { orderId = "" } = await rest.placeOrder("A-1", BUY);
    await expect(rest.cancelOrder("A-1", orderId)).rejects.toMatchObject({ status: 409, code: "not_working" });
    await expect(rest.cancelOrder("A-1", "o0")).rejects.toMatchObject({ status: 404, code: "unknown_order" });
    await expect(rest.closePosition("A-1", "MSFT")).rejects.toMatchObject({ status: 404, code: "unknown_position" });
    await expect(rest.closePosition("A-1", "AAPL", 11)).rejects.toMatchObject({ status: 422, code: "invalid_qty" });
    const leverage = { symbol: "AAPL", orderType: 2, side: 1, leverage: 21 } as const;
    await expect(rest.setLeverage("A-1", leverage)).rejects.toMatchObject({ status: 422, code: "invalid_leverage" });
  });
});

test("rejects requests for accounts that the token does not list", async () => {
  const { rest, restOf, baseUrl } = await serving();
  await rest.placeOrder("A-1", BUY);
  const stranger = restOf("A-2");
  expect(await stranger.orders("A-2")).toEqual([]);
  await expect(stranger.orders("A-1")).rejects.toMatchObject({ status: 403 });
  await expect(stranger.placeOrder("A-1", BUY)).rejects.toMatchObject({ status: 403 });
  await expect(stranger.executions("A-1", "AAPL")).rejects.toMatchObject({ status: 403 });
  const anonymous = createRest({ baseUrl, timeoutMs: 0 });
  await expect(anonymous.positions("A-1")).rejects.toMatchObject({ status: 401 });
  expect(await anonymous.positions("TEST-001")).toEqual([]);
});

test("an order that is repeated with its idempotency key is placed once", async () => {
  const { rest, baseUrl } = await serving();
  const place = (key: string) =>
    fetch(`${baseUrl}/broker/orders?accountId=A-1`, {
      method: "POST",
      headers: { ...json, authorization: "Bearer A-1", "idempotency-key": key },
      body: JSON.stringify(BUY),
    }).then((reply) => reply.json());
  const [first, again, other] = await Promise.all([place("one"), place("one"), place("two")]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(await rest.executions("A-1", "AAPL")).toHaveLength(2);
});

test("the charting library's broker trades over REST and gets updates over the socket", async () => {
  const { rest, url, market } = await serving();
  const client = createClient({ url, WebSocket, getToken: () => "A-1" });
  onTestFinished(() => client.close());
  const host = {
    factory: { createWatchedValue: () => ({ setValue: vi.fn() }) },
    orderUpdate: vi.fn(),
    orderPartialUpdate: vi.fn(),
    ordersFullUpdate: vi.fn(),
    positionUpdate: vi.fn(),
    positionsFullUpdate: vi.fn(),
    plUpdate: vi.fn(),
    executionUpdate: vi.fn(),
    equityUpdate: vi.fn(),
    realtimeUpdate: vi.fn(),
    connectionStatusUpdate: vi.fn(),
    currentAccountUpdate: vi.fn(),
    showNotification: vi.fn(),
    defaultContextMenuActions: vi.fn(),
  };
  const broker = createBroker(client, rest, host, { accountId: "A-1", plUpdates: false });
  onTestFinished(() => broker.destroy());
  await until(() => host.connectionStatusUpdate.mock.lastCall?.[0] === 1 && host.equityUpdate.mock.calls.length > 0);
  const { orderId } = await broker.placeOrder(BUY);
  await until(() => host.executionUpdate.mock.calls.length > 0 && host.showNotification.mock.calls.length > 0);
  expect(host.orderUpdate.mock.lastCall?.[0]).toMatchObject({ id: orderId, status: 2, avgPrice: 100.1 });
  expect(host.positionUpdate.mock.lastCall?.[0]).toMatchObject({ id: "AAPL", qty: 10 });
  market.setTopOfBook("AAPL", 109.9, 110.1);
  await until(() => host.equityUpdate.mock.lastCall?.[0] === 100_099);
  await broker.closePosition("AAPL");
  await until(() => host.positionUpdate.mock.lastCall?.[0].qty === 0);
  expect(await broker.positions()).toEqual([]);
  expect(await broker.executions("AAPL")).toHaveLength(2);
});

test("the OpenAPI document has every endpoint", async () => {
  const { app } = await serving();
  const { paths } = app.openApi() as { paths: Record<string, Record<string, { responses: object }>> };
  const endpoints = Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/v1/broker/"))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.slice("/api/v1/broker/".length)}`),
    );
  expect(endpoints.sort()).toEqual([
    "delete orders/{id}",
    "delete positions/{id}",
    "get account",
    "get executions/{symbol}",
    "get leverage/info",
    "get orders",
    "get positions",
    "post leverage/preview",
    "post orders",
    "post orders/preview",
    "put leverage/set",
    "put orders/{id}",
    "put positions/{id}/brackets",
  ]);
});
