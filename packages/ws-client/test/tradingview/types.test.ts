import { bars, RESOLUTIONS, CONNECTION_STATUS as ROUTE_STATUS } from "@trading/topic";
import { expect, expectTypeOf, test } from "vitest";
import { type Client, createClient } from "../../src/index.js";
import { CONNECTION_STATUS } from "../../src/tradingview/broker-types.js";
import { createBroker, createDatafeed, type Rest } from "../../src/tradingview/index.js";
import { LEAST_MS } from "../../src/tradingview/resolution.js";
import type {
  AccountId,
  DatafeedConfiguration,
  IBrokerConnectionAdapterHost,
  IBrokerTerminal,
  IDatafeed,
  LibrarySymbolInfo,
  TradingTerminalWidgetOptions,
} from "./library.js";

// The compiler is the test: these functions are not called.

function widget(client: Client, rest: Rest): TradingTerminalWidgetOptions {
  return {
    datafeed: createDatafeed(client, rest),
    broker_factory: (host) => createBroker(client, rest, host, { accountId: "A-1" as AccountId }),
  };
}

function apart(client: Client, rest: Rest, host: IBrokerConnectionAdapterHost): [IDatafeed, IBrokerTerminal] {
  const datafeed = createDatafeed<LibrarySymbolInfo, DatafeedConfiguration>(client, rest);
  const broker = createBroker(client, rest, host, { accountId: "A-1" as AccountId });
  return [datafeed, broker];
}

function withNamedRoutes(rest: Rest) {
  return createDatafeed(createClient({ url: "ws://memory", routes: { bars } }), rest);
}

test("the adapters fit where the library wants a datafeed and a broker", () => {
  expectTypeOf(widget).returns.toEqualTypeOf<TradingTerminalWidgetOptions>();
  expectTypeOf(apart).returns.toEqualTypeOf<[IDatafeed, IBrokerTerminal]>();
  expectTypeOf(withNamedRoutes).parameters.toEqualTypeOf<[Rest]>();
});

test("what is repeated here, so that a browser gets no schemas, is what the routes say", () => {
  expect(CONNECTION_STATUS).toEqual(ROUTE_STATUS);
  expect(Object.keys(LEAST_MS).toSorted()).toEqual([...RESOLUTIONS].toSorted());
});
