import { bars, RESOLUTIONS, CONNECTION_STATUS as ROUTE_STATUS } from "@trading/topic";
import { expect, expectTypeOf, test } from "vitest";
import { type Client, createClient } from "../../src/index.js";
import type { Rest } from "../../src/rest/index.js";
import { CONNECTION_STATUS } from "../../src/tradingview/broker-types.js";
import { createBroker, createDatafeed } from "../../src/tradingview/index.js";
import { MIN_DURATION_MS } from "../../src/tradingview/resolution.js";
import type {
  AccountId,
  DatafeedConfiguration,
  IBrokerConnectionAdapterHost,
  IBrokerTerminal,
  IDatafeed,
  LibrarySymbolInfo,
  TradingTerminalWidgetOptions,
} from "./library.js";

// These functions are type-checked and never called.

function widget(client: Client, rest: Rest): TradingTerminalWidgetOptions {
  return {
    datafeed: createDatafeed(client, rest),
    broker_factory: (host) => createBroker(client, rest, host, { accountId: "A-1" as AccountId }),
  };
}

function standalone(client: Client, rest: Rest, host: IBrokerConnectionAdapterHost): [IDatafeed, IBrokerTerminal] {
  const datafeed = createDatafeed<LibrarySymbolInfo, DatafeedConfiguration>(client, rest);
  const broker = createBroker(client, rest, host, { accountId: "A-1" as AccountId });
  return [datafeed, broker];
}

function withNamedRoutes(rest: Rest) {
  return createDatafeed(createClient({ url: "ws://memory", routes: { bars } }), rest);
}

test("assigns the adapters to the library's datafeed and broker types", () => {
  expectTypeOf(widget).returns.toEqualTypeOf<TradingTerminalWidgetOptions>();
  expectTypeOf(standalone).returns.toEqualTypeOf<[IDatafeed, IBrokerTerminal]>();
  expectTypeOf(withNamedRoutes).parameters.toEqualTypeOf<[Rest]>();
});

test("keeps its copies of constants equal to the routes', which would add schemas to a browser bundle", () => {
  expect(CONNECTION_STATUS).toEqual(ROUTE_STATUS);
  expect(Object.keys(MIN_DURATION_MS).toSorted()).toEqual([...RESOLUTIONS].toSorted());
});
