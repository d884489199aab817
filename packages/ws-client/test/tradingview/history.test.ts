import { expect, test } from "vitest";
import { type BarsReply, createDatafeed, type DatafeedRest, type PeriodParams } from "../../src/tradingview/index.js";
import { AAPL, bar, minute } from "./fake-charts.js";
import { charting, tick } from "./harness.js";

const PERIOD: PeriodParams = {
  from: minute(10) / 1_000,
  to: minute(20) / 1_000,
  countBack: 300,
  firstDataRequest: false,
};

/** What the library is told of one part of the history. */
async function history(reply: BarsReply | Error, period: Partial<PeriodParams> = {}, resolution = "1") {
  const set = charting({
    bars: async () => {
      if (reply instanceof Error) throw reply;
      return reply;
    },
  });
  const told: unknown[] = [];
  set.charts.call((datafeed) =>
    datafeed.getBars(
      AAPL,
      resolution,
      { ...PERIOD, ...period },
      set.charts.callback("onResult", (bars, meta) =>
        told.push(
          bars.map(({ time }) => (time - minute(0)) / 60_000),
          meta,
        ),
      ),
      set.charts.callback("onError", (reason) => told.push(reason)),
    ),
  );
  await tick();
  expect(set.charts.violations).toEqual([]);
  return { told, requests: set.requests };
}

test("the period is asked for in milliseconds, with the route's name of the resolution", async () => {
  const { requests } = await history({ bars: [] }, {}, "1D");

  const query = { symbol: "AAPL", resolution: "D", from: minute(10), to: minute(20), countBack: 300 };
  expect(requests).toEqual([["bars", query]]);
});

test("before the first moment there is nothing to ask for", async () => {
  const { requests } = await history({ bars: [] }, { from: -5_000 });

  expect(requests[0]?.[1]).toMatchObject({ from: 0 });
});

test("bars are handed over oldest first, each once, and none from the end of the period on", async () => {
  const { told } = await history({ bars: [bar(20), bar(12), bar(11), bar(12), bar(4)] });

  expect(told).toEqual([[4, 11, 12], { noData: false }]);
});

test("the first time, the newest bars are wanted, wherever the period ends", async () => {
  const { told } = await history({ bars: [bar(12), bar(20)] }, { firstDataRequest: true });

  expect(told).toEqual([[12, 20], { noData: false }]);
});

test("an empty period has no data, and says where older bars are", async () => {
  expect((await history({ bars: [] })).told).toEqual([[], { noData: true }]);
  expect((await history({ bars: [], nextTime: null })).told).toEqual([[], { noData: true }]);
  expect((await history({ bars: [], nextTime: minute(3) })).told).toEqual([
    [],
    { noData: true, nextTime: minute(3) / 1_000 },
  ]);
});

test("a next time within the period, with which the library would ask without end, is left out", async () => {
  expect((await history({ bars: [], nextTime: minute(10) })).told).toEqual([[], { noData: true }]);
});

test("what fails is told in words", async () => {
  expect((await history(new Error("The history is being loaded"))).told).toEqual(["The history is being loaded"]);
  const { told, requests } = await history({ bars: [] }, {}, "45");
  expect(told).toEqual(["There are no bars of resolution 45: choose one of 1, 5, 15, 30, 60, 1D, 1W, 1M"]);
  expect(requests).toEqual([]);
});

test("a rest that throws is told in words as well, and later", async () => {
  const { client } = charting();
  const broken = { resolve: () => expect.fail("broken rest") } as unknown as DatafeedRest;
  const told: string[] = [];
  createDatafeed(client, broken).resolveSymbol(
    "AAPL",
    () => {},
    (reason) => told.push(reason),
  );
  expect(told).toEqual([]);
  await tick();
  expect(told).toEqual(["broken rest"]);
});

test("the names of objects are no resolutions", async () => {
  expect((await history({ bars: [] }, {}, "constructor")).told[0]).toContain("no bars of resolution constructor");
});

test("configuration, search and symbols come from the server", async () => {
  const configuration = { supported_resolutions: ["1"] };
  const hit = { symbol: "AAPL", description: "Apple", exchange: "X", type: "stock" };
  const { charts, requests } = charting({
    config: async () => configuration,
    search: async () => [hit],
    resolve: async () => AAPL,
  });
  const told: unknown[] = [];
  const tell = (name: string) => charts.callback(name, (value: unknown) => told.push(value));
  charts.call((datafeed) => {
    datafeed.onReady(tell("onReady"));
    datafeed.searchSymbols("app", "X", "", tell("onResult"));
    datafeed.resolveSymbol("AAPL", tell("onResolve"), tell("onError"));
  });
  await tick();

  expect(told).toEqual([configuration, [hit], AAPL]);
  expect(requests).toEqual([["config"], ["search", { query: "app", exchange: "X", type: "" }], ["resolve", "AAPL"]]);
  expect(charts.violations).toEqual([]);
});

test("where the server fails, the chart still starts, a search finds nothing, and a symbol says why", async () => {
  const { charts, problems } = charting();
  const told: unknown[] = [];
  const tell = (name: string) => charts.callback(name, (value: unknown) => told.push(value));
  charts.call((datafeed) => {
    datafeed.onReady(tell("onReady"));
    datafeed.searchSymbols("app", "", "", tell("onResult"));
    datafeed.resolveSymbol("AAPL", tell("onResolve"), tell("onError"));
  });
  await tick();

  const supported_resolutions = ["1", "5", "15", "30", "60", "1D", "1W", "1M"];
  expect(told).toEqual([{ supported_resolutions }, [], "There is no resolve here"]);
  expect(problems).toEqual([new Error("There is no config here"), new Error("There is no search here")]);
});

test("a callback that throws is reported, and is not taken for a failure of the server", async () => {
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

test("after destroy nobody is answered, and the requests are aborted", async () => {
  let signal: AbortSignal | undefined;
  const { charts, datafeed, problems } = charting({
    resolve: async (_, given) => {
      signal = given;
      return AAPL;
    },
  });
  const told: unknown[] = [];
  charts.call(() =>
    datafeed.resolveSymbol(
      "AAPL",
      (info) => told.push(info),
      (reason) => told.push(reason),
    ),
  );
  await Promise.resolve();
  datafeed.destroy();
  await tick();

  expect([told, problems, signal?.aborted]).toEqual([[], [], true]);
});
