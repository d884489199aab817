import { account, equity } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { AAPL } from "./fake-charts.js";
import { tick, trading } from "./harness.js";

const STATE = {
  id: "A-1",
  name: "Demo",
  currency: "USD",
  balance: 1,
  equity: 1,
  marginUsed: 0,
  marginAvailable: 900,
  leverage: 1,
};

test("sends the equity that is known to a ticket that opens later, after the call has returned", async () => {
  const { host, broker, confirm } = await trading();
  broker.subscribeEquity();
  await tick();
  expect(host.callsOf("equityUpdate")).toEqual([]);
  confirm(equity, [{ equity: 1_050, balance: 1_000, unrealizedPL: 50, realizedPL: 0 }]);
  broker.subscribeEquity();
  expect(host.callsOf("equityUpdate")).toEqual(["1050"]);
  await tick();
  broker.unsubscribeEquity();

  expect(host.callsOf("equityUpdate")).toEqual(["1050", "1050"]);
});

test("sends the available margin while it is subscribed, and only its changes", async () => {
  const { host, broker, confirm, update } = await trading();
  confirm(account, [STATE]);
  expect(host.callsOf("marginAvailableUpdate")).toEqual([]);
  broker.subscribeMarginAvailable("AAPL");
  expect(host.callsOf("marginAvailableUpdate")).toEqual([]);
  await tick();
  update(account, { ...STATE, balance: 2 }, 2);
  update(account, { ...STATE, marginAvailable: 800 }, 3);
  broker.unsubscribeMarginAvailable("AAPL");
  update(account, { ...STATE, marginAvailable: 700 }, 4);
  expect(host.callsOf("marginAvailableUpdate")).toEqual(["900", "800"]);

  broker.subscribeMarginAvailable("AAPL");
  broker.unsubscribeMarginAvailable("AAPL");
  await tick();
  expect(host.callsOf("marginAvailableUpdate")).toEqual(["900", "800"]);
});

test("sends a symbol's pip value, unless it was unsubscribed or the symbol is unknown", async () => {
  const { host, broker, problems, routes } = await trading({ resolve: async () => ({ ...AAPL, minmov: 5 }) });
  broker.subscribePipValue("AAPL");
  broker.subscribePipValue("MSFT");
  broker.unsubscribePipValue("MSFT");
  await tick();
  expect(host.callsOf("pipValueUpdate")).toEqual(['AAPL {"buyPipValue":0.05,"sellPipValue":0.05}']);

  routes.resolve = async () => {
    throw new Error("Unknown symbol");
  };
  broker.subscribePipValue("NONE");
  await tick();
  expect(problems).toEqual([new Error("Unknown symbol")]);
});

test("sends nothing after destroy", async () => {
  const { host, broker, confirm } = await trading({ resolve: async () => AAPL });
  confirm(account, [STATE]);
  confirm(equity, [{ equity: 1, balance: 1, unrealizedPL: 0, realizedPL: 0 }]);
  broker.subscribeEquity();
  broker.subscribeMarginAvailable("AAPL");
  broker.subscribePipValue("AAPL");
  broker.destroy();
  host.disconnect();
  await tick();

  expect(host.violations).toEqual([]);
});
