import { expect, test } from "vitest";
import type { BarsReply, DatafeedRest } from "../../src/rest/index.js";
import { createDatafeed, type PeriodParams } from "../../src/tradingview/index.js";
import { AAPL, bar, minute } from "./fake-charts.js";
import { charting, tick } from "./harness.js";

const PERIOD: PeriodParams = {
  from: minute(10) / 1_000,
  to: minute(20) / 1_000,
  countBack: 300,
  firstDataRequest: false,
};

/** Requests a range of history and returns the arguments of the callback that was called. */
async function history(reply: BarsReply | Error, period: Partial<PeriodParams> = {}, resolution = "1") {
  const set = charting({
    bars: async () => {
      if (reply instanceof Error) throw reply;
      return reply;
    },
  });
  const results: unknown[] = [];
  set.charts.call((datafeed) =>
    datafeed.getBars(
      AAPL,
      resolution,
      { ...PERIOD, ...period },
      set.charts.callback("onResult", (bars, meta) =>
        results.push(
          bars.map(({ time }) => (time - minute(0)) / 60_000),
          meta,
        ),
      ),
      set.charts.callback("onError", (reason) => results.push(reason)),
    ),
  );
  await tick();
  expect(set.charts.violations).toEqual([]);
  return { results, requests: set.requests };
}

test("requests the period in milliseconds with the route's resolution", async () => {
  const { requests } = await history({ bars: [] }, {}, "1D");

  const query = { symbol: "AAPL", resolution: "D", from: minute(10), to: minute(20), countBack: 300 };
  expect(requests).toEqual([["bars", query]]);
});

test("requests periods before 1970 too", async () => {
  const { requests } = await history({ bars: [] }, { from: -5_000 });

  expect(requests[0]?.[1]).toMatchObject({ from: -5_000_000 });
});

test("passes bars oldest first, without duplicates and without bars at or after the end of the period", async () => {
  const { results } = await history({ bars: [bar(20), bar(12), bar(11), bar(12), bar(4)] });

  expect(results).toEqual([[4, 11, 12], { noData: false }]);
});

test("includes bars after the period in the first request", async () => {
  const { results } = await history({ bars: [bar(12), bar(20)] }, { firstDataRequest: true });

  expect(results).toEqual([[12, 20], { noData: false }]);
});

test("reports noData and nextTime for an empty period", async () => {
  expect((await history({ bars: [] })).results).toEqual([[], { noData: true }]);
  expect((await history({ bars: [], nextTime: null })).results).toEqual([[], { noData: true }]);
  expect((await history({ bars: [], nextTime: minute(3) })).results).toEqual([
    [],
    { noData: true, nextTime: minute(3) / 1_000 },
  ]);
});

test("omits a nextTime within the period, with which the library would repeat the request endlessly", async () => {
  expect((await history({ bars: [], nextTime: minute(10) })).results).toEqual([[], { noData: true }]);
});

test("reports a failure by its message", async () => {
  expect((await history(new Error("The history is being loaded"))).results).toEqual(["The history is being loaded"]);
  const { results, requests } = await history({ bars: [] }, {}, "45");
  expect(results).toEqual(['Unsupported resolution "45": expected one of 1, 5, 15, 30, 60, 1D, 1W, 1M']);
  expect(requests).toEqual([]);
});

test("reports an exception of the REST client asynchronously by its message", async () => {
  const { client } = charting();
  const broken = { resolve: () => expect.fail("broken rest") } as unknown as DatafeedRest;
  const results: string[] = [];
  createDatafeed(client, broken).resolveSymbol(
    "AAPL",
    () => {},
    (reason) => results.push(reason),
  );
  expect(results).toEqual([]);
  await tick();
  expect(results).toEqual(["broken rest"]);
});

test("rejects the name of an Object property as a resolution", async () => {
  expect((await history({ bars: [] }, {}, "constructor")).results[0]).toContain('Unsupported resolution "constructor"');
});

test("loads configuration, search results and symbols from the server", async () => {
  const configuration = { supported_resolutions: ["1"] };
  const hit = { symbol: "AAPL", description: "Apple", exchange: "X", type: "stock" };
  const { charts, requests } = charting({
    config: async () => configuration,
    search: async () => [hit],
    resolve: async () => AAPL,
  });
  const results: unknown[] = [];
  const record = (name: string) => charts.callback(name, (value: unknown) => results.push(value));
  charts.call((datafeed) => {
    datafeed.onReady(record("onReady"));
    datafeed.searchSymbols("app", "X", "", record("onResult"));
    datafeed.resolveSymbol("AAPL", record("onResolve"), record("onError"));
  });
  await tick();

  expect(results).toEqual([configuration, [hit], AAPL]);
  expect(requests).toEqual([["config"], ["search", { query: "app", exchange: "X", type: "" }], ["resolve", "AAPL"]]);
  expect(charts.violations).toEqual([]);
});

test("starts the chart, finds nothing and reports the symbol's error if the server fails", async () => {
  const { charts, problems } = charting();
  const results: unknown[] = [];
  const record = (name: string) => charts.callback(name, (value: unknown) => results.push(value));
  charts.call((datafeed) => {
    datafeed.onReady(record("onReady"));
    datafeed.searchSymbols("app", "", "", record("onResult"));
    datafeed.resolveSymbol("AAPL", record("onResolve"), record("onError"));
  });
  await tick();

  const supported_resolutions = ["1", "5", "15", "30", "60", "1D", "1W", "1M"];
  expect(results).toEqual([{ supported_resolutions }, [], "No route resolve in this test"]);
  expect(problems).toEqual([new Error("No route config in this test"), new Error("No route search in this test")]);
});

test("reports a throwing callback without treating it as a server failure", async () => {
  const { charts, problems } = charting({ resolve: async () => AAPL });
  const failures: string[] = [];
  charts.call((datafeed) =>
    datafeed.resolveSymbol(
      "AAPL",
      () => {
        throw new Error("broken chart");
      },
      (reason) => failures.push(reason),
    ),
  );
  await tick();

  expect([failures, problems]).toEqual([[], [new Error("broken chart")]]);
});

test("aborts requests and calls no callback after destroy", async () => {
  let signal: AbortSignal | undefined;
  const { charts, datafeed, problems } = charting({
    resolve: async (_, given) => {
      signal = given;
      return AAPL;
    },
  });
  const results: unknown[] = [];
  charts.call(() =>
    datafeed.resolveSymbol(
      "AAPL",
      (info) => results.push(info),
      (reason) => results.push(reason),
    ),
  );
  await Promise.resolve();
  datafeed.destroy();
  await tick();

  expect([results, problems, signal?.aborted]).toEqual([[], [], true]);
});
