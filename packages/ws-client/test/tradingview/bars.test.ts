import { bars } from "@trading/topic/shapes";
import { expect, test, vi } from "vitest";
import { bar } from "./fake-charts.js";
import { historyOf } from "./fake-rest.js";
import { charting, tick } from "./harness.js";

const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';

/** Creates charts connected to a legacy server. */
function legacy() {
  const past = [bar(0), bar(1), bar(2)];
  return { ...charting({ bars: historyOf(past) }, {}, false), server: past };
}

/** Opens a chart with the history 0 to 2 and confirms its topic with the current bar. */
async function live(current = bar(2, 7), options = {}) {
  const past = [bar(0), bar(1), bar(2)];
  const set = charting({ bars: historyOf(past) }, options);
  const chart = set.charts.open("one");
  await tick();
  set.confirm(bars, TOPIC, [current], { offset: 10 });
  await tick();
  return { ...set, past, chart };
}

test("passes a chart its history, then the current bar, then live updates", async () => {
  const { network, charts, chart, subscribing } = await live();
  network.socket.update(TOPIC, bar(2, 8), 12);
  network.socket.update(TOPIC, bar(3, 9), 13);

  expect(chart.bars.map(({ close }) => close)).toEqual([1, 1, 8, 9]);
  expect(subscribing(bars)?.payload).toEqual({ symbol: "AAPL", resolution: "1" });
  expect([charts.violations, chart.resets]).toEqual([[], 0]);
});

test("passes a copy of each bar, so that the library cannot modify another chart's data", async () => {
  const { charts, chart, network } = await live();
  network.socket.update(TOPIC, bar(3, 9), 12);
  chart.bars.at(-1)!.close = 666;
  const other = charts.open("two");
  await tick();

  expect(other.ticks.at(-1)).toBe("3:9");
});

test("resets a chart for an older bar instead of passing it on, and the chart reloads the correction", async () => {
  const { network, charts, chart, past, confirm } = await live();
  past[1] = bar(1, 99);
  network.socket.update(TOPIC, bar(1, 99), 12);
  await tick();
  confirm(bars, TOPIC, [bar(2, 7)], { offset: 11 });
  await tick();

  expect(charts.violations).toEqual([]);
  expect([chart.resets, charts.resetDataCalls]).toEqual([1, 1]);
  expect(chart.bars.map(({ close }) => close)).toEqual([1, 99, 7]);
});

test("resets twice for a burst of corrections: immediately, and once more for the rest", async () => {
  const { network, clock, charts, chart } = await live(undefined, { resetIntervalMs: 3_000, resetData: () => {} });
  for (let index = 0; index < 20; index++) network.socket.update(TOPIC, bar(0, index), 12 + index);
  await tick();
  expect(chart.resets).toBe(1);
  clock.advance(2_999);
  expect(chart.resets).toBe(1);
  clock.advance(1);
  expect(chart.resets).toBe(2);
  clock.advance(60_000);
  expect([chart.resets, charts.violations]).toEqual([2, []]);
});

test("resets for every correction if resetIntervalMs is 0", async () => {
  const { network, clock, chart } = await live(undefined, { resetIntervalMs: 0, resetData: () => {} });
  network.socket.update(TOPIC, bar(0, 5), 12);
  network.socket.update(TOPIC, bar(0, 6), 13);

  expect(chart.resets).toBe(2);
  clock.advance(0);
});

test("does not treat a current bar older than the history as a correction", async () => {
  const { charts, chart } = await live(bar(1, 5));

  expect([chart.ticks, chart.resets, charts.violations]).toEqual([[], 0, []]);
});

test("draws the missed bars after a recovered reconnect, without a reset", async () => {
  const { charts, chart, reconnect, subscribing } = await live();
  const socket = await reconnect();
  expect(subscribing(bars)?.resume).toEqual({ epoch: "e1", offset: 11 });
  socket.confirm(subscribing(bars), TOPIC, { epoch: "e1", offset: 11, retention: "keyed", recovered: true });
  socket.update(TOPIC, bar(2, 8), 12);
  socket.update(TOPIC, bar(3, 9), 13);

  expect(chart.ticks).toEqual(["2:7", "2:8", "3:9"]);
  expect([chart.resets, charts.resetDataCalls, charts.violations]).toEqual([0, 0, []]);
});

test("resets every chart on a topic once after a gap, and calls resetData once", async () => {
  const { charts, chart, past, network, reconnect, confirm, sent } = await live();
  const second = charts.open("two");
  await tick();
  expect(sent(bars)).toEqual(["subscribe"]);
  expect(second.ticks).toEqual(["2:7"]);

  await reconnect();
  past.push(bar(3, 4), bar(4, 5));
  confirm(bars, TOPIC, [bar(5, 6)], { epoch: "e2", recovered: false });
  await tick();
  confirm(bars, TOPIC, [bar(5, 6)], { epoch: "e2" });
  await tick();
  network.socket.update(TOPIC, bar(5, 7), 2);

  expect([chart.resets, second.resets, charts.resetDataCalls]).toEqual([1, 1, 1]);
  expect(charts.violations).toEqual([]);
  for (const { bars } of [chart, second]) expect(bars.map(({ close }) => close)).toEqual([1, 1, 1, 4, 5, 7]);
});

test("resets immediately after a gap, even within resetIntervalMs of a correction", async () => {
  const { network, chart, reconnect, confirm } = await live(undefined, { resetData: () => {} });
  network.socket.update(TOPIC, bar(0, 5), 12);
  expect(chart.resets).toBe(1);
  await reconnect();
  confirm(bars, TOPIC, [bar(2)], { epoch: "e2", recovered: false });

  expect(chart.resets).toBe(2);
});

test("loads the bars between the history and the first live bar", async () => {
  const past = [bar(0), bar(1), bar(2)];
  const set = charting({ bars: historyOf(past) });
  const chart = set.charts.open("one");
  await tick();
  past[2] = bar(2, 20);
  past.push(bar(3, 30), bar(4, 40), bar(5, 45));
  set.confirm(bars, TOPIC, [bar(5, 50)]);
  set.network.socket.update(TOPIC, bar(5, 51), 2);
  set.network.socket.update(TOPIC, bar(6, 60), 3);
  await tick();

  expect(chart.ticks).toEqual(["2:20", "3:30", "4:40", "5:50", "5:51", "6:60"]);
  expect([set.charts.violations, chart.resets]).toEqual([[], 0]);
});

test("ignores bars outside the range it loads to fill in", async () => {
  const past = [bar(0), bar(1), bar(2)];
  const set = charting({ bars: async () => ({ bars: past }) });
  const chart = set.charts.open("one");
  await tick();
  past.push(bar(3, 30), bar(4, 45), bar(5, 55));
  set.confirm(bars, TOPIC, [bar(4, 40)]);
  await tick();

  expect([chart.ticks, set.charts.violations]).toEqual([["2:1", "3:30", "4:40"], []]);
});

test("continues a series from the library's cache without loading history", async () => {
  const { charts, chart, datafeed, network, requests, confirm } = await live();
  network.socket.update(TOPIC, bar(3, 9), 12);
  network.socket.update(TOPIC, bar(4, 10), 13);
  charts.close(chart);
  const loads = requests.length;
  const closes: number[] = [];
  charts.call(() =>
    datafeed.subscribeBars(
      { name: "AAPL" },
      "1",
      ({ close }) => closes.push(close),
      "two",
      () => {},
    ),
  );
  await tick();
  confirm(bars, TOPIC, [bar(4, 11)], { offset: 14 });
  network.socket.update(TOPIC, bar(4, 12), 16);

  expect([closes, requests.length]).toEqual([[11, 12], loads]);
});

test("follows a feed that restarts with older bars once the chart has reloaded", async () => {
  const { charts, chart, past, reconnect, confirm, update } = await live();
  await reconnect();
  past.length = 0;
  past.push(bar(0, 3));
  confirm(bars, TOPIC, [bar(0, 4)], { epoch: "e2", recovered: false });
  await tick();
  confirm(bars, TOPIC, [bar(0, 4)], { epoch: "e2" });
  await tick();
  update(TOPIC, bar(1, 5), 2);

  expect(chart.bars.map(({ close }) => close)).toEqual([4, 5]);
  expect([chart.resets, charts.violations]).toEqual([1, []]);
});

test("resets the chart after every reconnect to a legacy server, which does not number updates", async () => {
  const { network, clock, client, charts, server } = legacy();
  const chart = charts.open("one");
  await tick();
  const connect = async (close: number) => {
    network.socket.confirm(network.socket.sent.at(-1), TOPIC, { echo: false });
    network.socket.update(TOPIC, bar(2, close));
    await tick();
  };
  await connect(5);
  expect([chart.ticks, chart.resets]).toEqual([["2:5"], 0]);
  server.push(bar(3, 30));
  network.socket.end();
  clock.advance(1_000);
  network.socket.accept();
  await tick();
  await connect(6);

  expect([chart.resets, charts.resetDataCalls, charts.violations]).toEqual([1, 1, []]);
  expect(chart.bars.at(-1)?.close).toBe(30);
  expect(client.inspect().protocol).toBe("base");
});

test("continues with live bars and resets if the bars in between cannot be loaded", async () => {
  const set = charting({ bars: historyOf([bar(2)]) }, { resetData: () => {} });
  const chart = set.charts.open("one");
  await tick();
  set.routes.bars = async () => {
    throw new Error("down");
  };
  set.confirm(bars, TOPIC, [bar(5, 50)]);
  await tick();

  expect([chart.ticks, chart.resets]).toEqual([["5:50"], 1]);
});

test("unsubscribes when the last chart closes, and calls no chart after it closed", async () => {
  const { charts, chart, network, sent, client } = await live();
  const second = charts.open("two");
  await tick();
  charts.close(chart);
  await tick();
  expect(sent(bars)).toEqual(["subscribe"]);
  charts.close(second);
  await tick();
  network.socket.update(TOPIC, bar(3), 12);

  expect(sent(bars)).toEqual(["subscribe", "unsubscribe"]);
  expect([client.inspect().topics, charts.violations]).toEqual([[], []]);
});

test("subscribes to nothing if a chart closes before its subscription starts", async () => {
  const { charts, datafeed, client } = charting();
  const subscribe = vi.spyOn(client, "subscribe");
  charts.call(() => {
    datafeed.subscribeBars(
      { name: "AAPL" },
      "1",
      () => {},
      "one",
      () => {},
    );
    datafeed.unsubscribeBars("one");
  });
  await tick();

  expect(subscribe).not.toHaveBeenCalled();
});

test("ignores an unknown guid, and replaces the subscription of a reused guid", async () => {
  const { charts, chart, datafeed, network, client } = await live();
  datafeed.unsubscribeBars("unknown");
  const ticks: string[] = [];
  charts.call(() =>
    datafeed.subscribeBars(
      { name: "MSFT" },
      "5",
      () => ticks.push("tick"),
      "one",
      () => {},
    ),
  );
  await tick();
  network.socket.update(TOPIC, bar(4), 12);

  expect(chart.ticks).toEqual(["2:7"]);
  expect(client.inspect().topics.map(({ topic }) => topic)).toEqual(['bars:{"resolution":"5","symbol":"MSFT"}']);
});

test("isolates a chart whose callback throws", async () => {
  const { charts, datafeed, chart, network, problems } = await live();
  charts.call(() => {
    datafeed.subscribeBars(
      { name: "AAPL" },
      "1",
      () => expect.fail("broken chart"),
      "broken",
      () => {},
    );
  });
  await tick();
  network.socket.update(TOPIC, bar(3, 9), 12);

  expect(chart.ticks).toEqual(["2:7", "3:9"]);
  expect(problems).toHaveLength(2);
});

test("uses the ticker, and accepts both names of days, weeks and months", async () => {
  const { charts, datafeed, client, problems } = charting();
  for (const [index, resolution] of ["1", "5", "15", "30", "60", "1D", "D", "1W", "W", "1M", "M"].entries()) {
    charts.call(() =>
      datafeed.subscribeBars(
        { name: "Apple", ticker: "AAPL" },
        resolution,
        () => {},
        `${index}`,
        () => {},
      ),
    );
  }
  await tick();

  expect(problems).toEqual([]);
  expect(client.inspect().topics.map(({ topic }) => topic)).toEqual(
    ["1", "5", "15", "30", "60", "D", "W", "M"].map((name) => `bars:{"resolution":"${name}","symbol":"AAPL"}`),
  );
});

test("unsubscribes, stops all timers and calls no callback after destroy", async () => {
  const { charts, chart, datafeed, network, clock, client } = await live();
  network.socket.update(TOPIC, bar(0, 5), 12);
  charts.open("late");
  datafeed.destroy();
  chart.isOpen = false;
  await tick();
  network.socket.update(TOPIC, bar(4), 13);
  datafeed.destroy();

  expect([client.inspect().topics, charts.violations, charts.resetDataCalls]).toEqual([[], [], 0]);
  client.close();
  expect(clock.pending).toBe(0);
  expect(charts.charts.at(-1)).toMatchObject({ bars: [], errors: [] });
});
