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
    { noData: true, nextTime: minute(3) },
  ]);
});

test("omits a nextTime within the period, with which the library would repeat the request endlessly", async () => {
  expect((await history({ bars: [], nextTime: minute(10) })).results).toEqual([[], { noData: true }]);
});

/** Requests `countBack` bars before minute 100 from a server that sends at most `limit` of the bars that it has. */
async function paged(has: readonly number[], limit: number, countBack: number) {
  const ends: number[] = [];
  const set = charting({
    bars: async ({ to, countBack: count }) => {
      ends.push((to - minute(0)) / 60_000);
      const before = has.filter((each) => minute(each) < to).slice(-Math.min(limit, count));
      return { bars: before.map((each) => bar(each)) };
    },
  });
  const request = async () => {
    const results: number[][] = [];
    const period = { from: minute(90) / 1_000, to: minute(100) / 1_000, countBack, firstDataRequest: false };
    const onResult = (bars: { time: number }[]) => results.push(bars.map(({ time }) => (time - minute(0)) / 60_000));
    set.datafeed.getBars(AAPL, "1", period, onResult, expect.fail);
    await tick();
    return results[0];
  };
  return { first: await request(), ends: [...ends], again: await request(), requests: ends.length };
}

test("requests more bars until the chart has as many as it wants, however few a reply can hold", async () => {
  const has = Array.from({ length: 100 }, (_, count) => count);

  expect(await paged(has, 4, 10)).toMatchObject({ first: has.slice(90), ends: [100, 96, 92] });
  expect(await paged(has, 100, 10)).toMatchObject({ first: has.slice(90), ends: [100] });
});

test("asks once where the history begins", async () => {
  const { first, ends, again, requests } = await paged([95, 96, 97], 2, 10);

  expect([first, again]).toEqual([
    [95, 96, 97],
    [95, 96, 97],
  ]);
  expect(ends).toEqual([100, 96, 95]);
  expect(requests - ends.length).toBe(2);
});

test("ends its requests at a server that repeats a reply or sends one bar at a time", async () => {
  const repeated = charting({ bars: async () => ({ bars: [bar(50), bar(51)] }) });
  repeated.datafeed.getBars(AAPL, "1", PERIOD, () => {}, expect.fail);
  await tick();
  expect(repeated.requests).toHaveLength(2);

  const has = Array.from({ length: 100 }, (_, count) => count);
  const { first, ends } = await paged(has, 1, 90);
  expect([first?.length, ends.length]).toEqual([20, 20]);
});

test("passes the server's time in seconds", async () => {
  const { charts, problems } = charting({ time: async () => ({ time: 1_700_000_000_500 }) });
  const times: number[] = [];
  charts.call((datafeed) => datafeed.getServerTime(charts.callback("callback", (time: number) => times.push(time))));
  await tick();
  expect([times, problems]).toEqual([[1_700_000_000.5], []]);

  const failing = charting();
  failing.datafeed.getServerTime(() => expect.fail("no time is known"));
  await tick();
  expect(failing.problems).toEqual([new Error("No route time in this test")]);
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

  const unmarked = { supports_marks: false, supports_timescale_marks: false };
  expect(results).toEqual([{ ...configuration, ...unmarked }, [hit], AAPL]);
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
  const unmarked = { supports_marks: false, supports_timescale_marks: false };
  expect(results).toEqual([{ supported_resolutions, ...unmarked }, [], "No route resolve in this test"]);
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
