import type { Bar, OkQuote, QuoteData } from "@trading/topic";
import { createClient } from "@trading/ws-client";
import { createRest, type LibrarySymbolInfo } from "@trading/ws-client/rest";
import { createDatafeed } from "@trading/ws-client/tradingview";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { Resolution } from "../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { SimulatedSource } from "../../../src/modules/datafeed/sources/simulated/source.js";
import { startApp } from "../../helpers.js";
import { until } from "../../until.js";

/** Ten seconds before the end of a Sunday and of a month: bars of every resolution end. */
const NOW = Date.UTC(2026, 4, 31, 23, 59, 50, 250);

/** A chart as the library has it: the history, then ticks. Throws for a tick that is older than the last bar. */
class Chart {
  readonly bars: Bar[] = [];
  readonly errors: string[] = [];
  resets = 0;

  tick(bar: Bar): void {
    const last = this.bars.at(-1);
    if (last !== undefined && bar.time < last.time) throw new Error("time violation");
    if (last?.time === bar.time) this.bars.pop();
    this.bars.push(bar);
  }
}

/** Returns the route's name of one of the library's resolutions. */
const nameOf = (resolution: string) => resolution.replace(/^1([DWM])$/, "$1") as Resolution;

async function setup() {
  const clock = new ManualClock(NOW);
  const datafeed = new Datafeed(new SimulatedSource("charts", clock));
  const { http, url } = await startApp(datafeed, clock);
  const rest = createRest({ baseUrl: `${http}/api/v1`, timeoutMs: 0 });
  const errors: unknown[] = [];
  const client = createClient({ url, WebSocket, onError: (error) => errors.push(error) });
  const charts = createDatafeed(client, rest, { onError: (error) => errors.push(error) });
  onTestFinished(() => {
    charts.destroy();
    return client.close();
  });
  return { clock, datafeed, rest, charts, errors };
}

test.each([
  ["immediately", 0],
  ["seconds later, within the same bars", 4],
  ["after every bar has ended", 13],
])(
  "charts of every resolution continue from their history with live bars without a gap, subscribed %s",
  async (_when, seconds) => {
    const { clock, datafeed, rest, charts, errors } = await setup();
    const { supported_resolutions: resolutions = [] } = await new Promise<{
      supported_resolutions?: readonly string[];
    }>((resolve) => charts.onReady(resolve));
    expect(resolutions).toHaveLength(8);
    const info = await new Promise<LibrarySymbolInfo>((resolve, reject) =>
      charts.resolveSymbol("AAPL", resolve, reject),
    );
    const open = new Map<string, Chart>();
    for (const resolution of resolutions) {
      const chart = new Chart();
      open.set(resolution, chart);
      const period = { from: NOW / 1_000 - 3_600, to: NOW / 1_000 + 3_600, countBack: 20, firstDataRequest: true };
      await new Promise<void>((resolve) =>
        charts.getBars(
          info,
          resolution,
          period,
          (bars) => {
            chart.bars.push(...bars);
            resolve();
          },
          (error) => {
            chart.errors.push(error);
            resolve();
          },
        ),
      );
      expect(chart.errors).toEqual([]);
      expect(chart.bars.length).toBeGreaterThanOrEqual(20);
    }

    clock.advance(seconds * 1_000);
    for (const [resolution, chart] of open) {
      const onReset = () => void chart.resets++;
      charts.subscribeBars(info, resolution, (bar) => chart.tick(bar), `guid ${resolution}`, onReset);
    }
    const agree = async () => {
      // There are trades in each second, so the volume shows whether its update has arrived.
      for (const [resolution, { bars }] of open) {
        const [present] = await datafeed.history({
          symbol: "AAPL",
          resolution: nameOf(resolution),
          to: undefined,
          countBack: 1,
        });
        await until(() => bars.at(-1)?.time === present?.time && bars.at(-1)?.volume === present?.volume);
      }
      for (const [resolution, { bars, resets }] of open) {
        const query = { symbol: "AAPL", from: bars[0]!.time, to: clock.now() + 1, countBack: 1 };
        const reply = await rest.bars({ ...query, resolution: nameOf(resolution) });
        expect(bars).toEqual(reply.bars);
        expect(resets).toBe(0);
      }
    };
    await until(() => datafeed.watched.length === 1);
    for (const step of [1, 1, 3, 1, 5, 1]) {
      clock.advance(step * 1_000);
      await agree();
    }
    expect(errors).toEqual([]);
    for (const resolution of open.keys()) charts.unsubscribeBars(`guid ${resolution}`);
    await until(() => datafeed.watched.length === 0);
    expect(errors).toEqual([]);
  },
);

test("a watch list gets quotes over HTTP and then live, and shares one upstream with the charts", async () => {
  const { clock, datafeed, charts, errors } = await setup();
  const first = await new Promise<QuoteData[]>((resolve, reject) =>
    charts.getQuotes(["AAPL", "NOPE"], resolve, reject),
  );
  expect(first.map(({ s }) => s)).toEqual(["ok", "error"]);
  const live: QuoteData[] = [];
  charts.subscribeQuotes([], ["AAPL"], (quotes) => live.push(...quotes), "list");
  await until(() => live.length > 0);
  expect(live).toEqual(first.slice(0, 1));
  clock.advance(1_000);
  await until(() => live.length > 1);
  const [present] = await datafeed.history({ symbol: "AAPL", resolution: "D", to: undefined, countBack: 1 });
  expect((live.at(-1) as OkQuote).v.lp).toBe(present?.close);
  expect(datafeed.watched).toEqual(["AAPL"]);
  expect(errors).toEqual([]);
});
