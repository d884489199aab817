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
import { until } from "../../until.js";
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
  return { app, logger, module, market, baseUrl, url: `ws://127.0.0.1:${port}/api/v1/ws`, rest: restOf("A-1"), restOf };
}

const json = { "content-type": "application/json" };

test("orders are logged with their id and the subject, and commits are measured", async () => {
  const { module, logger, rest } = await serving();
  const durations: [boolean, boolean][] = [];
  module.commits?.onCommit((durationMs, isStored) => void durations.push([durationMs >= 0, isStored]));
  const { orderId } = await rest.placeOrder("A-1", LIMIT);
  await until(() => logger.entries.some(({ fields }) => fields?.order === orderId));
  expect(logger.entries.at(-1)).toEqual({
    level: "info",
    message: "A request to change an account",
    fields: {
      method: "POST",
      endpoint: "/api/v1/broker/orders",
      account: "A-1",
      subject: "A-1",
      order: orderId,
      symbol: "AAPL",
      side: 1,
      qty: 10,
      type: 1,
      orderStatus: 6,
      status: 200,
    },
  });
  expect([durations, module.commits?.queued]).toEqual([[[true, true]], 0]);
});

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

  test.each([
    ["no body", { headers: { "content-type": "application/json" } }],
    ["no body of another type", { headers: { "content-type": "application/x-www-form-urlencoded" } }],
    ["an empty body", { headers: { "content-type": "application/json" }, body: "" }],
  ])("cancels an order for a client that sends the type of %s", async (_what, init) => {
    const { rest, baseUrl } = await serving();
    const { orderId } = await rest.placeOrder("A-1", LIMIT);
    const headers = { ...init.headers, authorization: "Bearer A-1" };
    const response = await fetch(`${baseUrl}/broker/orders/${orderId}?accountId=A-1`, {
      ...init,
      method: "DELETE",
      headers,
    });
    expect([response.status, await response.text()]).toEqual([204, ""]);
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

test("a key that was used for another request is refused with 422, for every method that changes something", async () => {
  const { baseUrl, rest } = await serving();
  const send = async (method: string, path: string, key: string, body?: object) => {
    const headers = { ...(body && json), authorization: "Bearer A-1", "idempotency-key": key };
    const given = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const reply = await fetch(`${baseUrl}/broker/${path}?accountId=A-1`, given);
    const text = await reply.text();
    return { status: reply.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const { body } = await send("POST", "orders", "k", LIMIT);
  const order = `orders/${body.orderId}`;
  const leverage = { symbol: "AAPL", orderType: 1, side: 1, leverage: 3 };
  for (const [method, path, given] of [
    ["POST", "orders", { ...LIMIT, side: -1 }],
    ["PUT", order, { ...LIMIT, qty: 12 }],
    ["DELETE", order],
    ["DELETE", "positions/AAPL"],
    ["PUT", "positions/AAPL/brackets", {}],
    ["PUT", "leverage/set", leverage],
  ] as const) {
    const reply = await send(method, path, "k", given);
    expect([method, path, reply.status, reply.body]).toMatchObject([method, path, 422, { code: "key_reused" }]);
  }
  expect(await rest.orders("A-1")).toMatchObject([{ id: body.orderId, side: 1, qty: 10, status: 6 }]);
  expect((await send("DELETE", order, "c")).status).toBe(204);
  expect((await send("DELETE", order, "c")).status).toBe(204);
  expect((await send("DELETE", order, "d")).status).toBe(409);
});

test("an order has a duration", async () => {
  const { rest } = await serving();
  const datetime = Date.now() + 3_600_000;
  await rest.placeOrder("A-1", { ...LIMIT, duration: { type: "GTD", datetime } });
  expect(await rest.orders("A-1")).toMatchObject([{ duration: { type: "GTD", datetime } }]);
  await expect(rest.placeOrder("A-1", { ...LIMIT, duration: { type: "WEEK" } })).rejects.toThrow(
    "expected one of GTC, DAY, GTD, IOC, FOK",
  );
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
    marginAvailableUpdate: vi.fn(),
    pipValueUpdate: vi.fn(),
    realtimeUpdate: vi.fn(),
    connectionStatusUpdate: vi.fn(),
    currentAccountUpdate: vi.fn(),
    showNotification: vi.fn(),
    defaultContextMenuActions: vi.fn(),
    defaultFormatter: vi.fn(),
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
  await broker.placeOrder(BUY);
  await broker.reversePosition("AAPL");
  await until(() => host.positionUpdate.mock.lastCall?.[0].side === -1);
  expect(await broker.positions()).toMatchObject([{ id: "AAPL", qty: 10, side: -1 }]);
  expect(await broker.ordersHistory()).toHaveLength(4);
  // The order that reverses closes the position with one fill, and opens the new one with another.
  expect(await broker.executions("AAPL")).toHaveLength(5);
});

test("orders are listed in pages, from the newest to the oldest", async () => {
  const { rest, baseUrl } = await serving();
  const ids: string[] = [];
  for (let placed = 0; placed < 7; placed++) ids.push((await rest.placeOrder("A-1", LIMIT)).orderId as string);
  await rest.cancelOrder("A-1", ids[1] as string);
  const list = async (query: string) => {
    const headers = { authorization: "Bearer A-1" };
    const reply = await fetch(`${baseUrl}/broker/orders?accountId=A-1${query}`, { headers });
    const body = await reply.json();
    return reply.ok ? (body as Order[]).map(({ id }) => id) : [reply.status, (body as { code?: string }).code];
  };
  expect(await list("&limit=3")).toEqual(ids.slice(4));
  expect(await list(`&limit=3&before=${ids[4]}`)).toEqual(ids.slice(1, 4));
  expect(await list(`&limit=3&before=${ids[1]}`)).toEqual(ids.slice(0, 1));
  expect(await list(`&limit=3&before=${ids[0]}`)).toEqual([]);
  expect(await list(`&before=${ids[2]}`)).toEqual(ids.slice(0, 2));
  expect(await list("")).toEqual(ids);
  expect(await list("&limit=1000")).toEqual(ids);
  expect(await list("&limit=3&before=o999")).toEqual([404, "unknown_order"]);
  for (const limit of ["0", "-1", "1001", "1.5", "x"]) expect((await list(`&limit=${limit}`))[0]).toBe(400);
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
