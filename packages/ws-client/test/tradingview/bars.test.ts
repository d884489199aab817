import { bars } from "@trading/topic/shapes";
import { expect, test, vi } from "vitest";
import { bar } from "./fake-charts.js";
import { historyOf } from "./fake-rest.js";
import { charting, tick } from "./harness.js";

const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';

/** Charts on a server of the origin. */
function origin() {
  const past = [bar(0), bar(1), bar(2)];
  return { ...charting({ bars: historyOf(past) }, {}, false), server: past };
}

/** A chart with the history 0 to 2, whose topic is confirmed with the current bar. */
async function live(current = bar(2, 7), options = {}) {
  const past = [bar(0), bar(1), bar(2)];
  const set = charting({ bars: historyOf(past) }, options);
  const chart = set.charts.open("one");
  await tick();
  set.confirm(bars, TOPIC, [current], { offset: 10 });
  await tick();
  return { ...set, past, chart };
}

test("a chart gets its history, then the current bar as it is live, then what comes", async () => {
  const { network, charts, chart, subscribing } = await live();
  network.socket.update(TOPIC, bar(2, 8), 12);
  network.socket.update(TOPIC, bar(3, 9), 13);

  expect(chart.bars.map(({ close }) => close)).toEqual([1, 1, 8, 9]);
  expect(subscribing(bars)?.payload).toEqual({ symbol: "AAPL", resolution: "1" });
  expect([charts.violations, chart.resets]).toEqual([[], 0]);
});

test("the bar is the chart's own: what the library does to it reaches nobody else", async () => {
  const { charts, chart, network } = await live();
  network.socket.update(TOPIC, bar(3, 9), 12);
  chart.bars.at(-1)!.close = 666;
  const other = charts.open("two");
  await tick();

  expect(other.ticks.at(-1)).toBe("3:9");
});

test("an older bar resets the chart instead of being handed over, and the chart loads what was corrected", async () => {
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

test("a burst of corrections makes two resets: one at once, one for the rest", async () => {
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

test("with resetIntervalMs 0 each correction resets", async () => {
  const { network, clock, chart } = await live(undefined, { resetIntervalMs: 0, resetData: () => {} });
  network.socket.update(TOPIC, bar(0, 5), 12);
  network.socket.update(TOPIC, bar(0, 6), 13);

  expect(chart.resets).toBe(2);
  clock.advance(0);
});

test("a current bar that is older than the history is no correction", async () => {
  const { charts, chart } = await live(bar(1, 5));

  expect([chart.ticks, chart.resets, charts.violations]).toEqual([[], 0, []]);
});

test("a recovered connection needs no reset, and what was missed is drawn", async () => {
  const { charts, chart, reconnect, subscribing } = await live();
  const socket = await reconnect();
  expect(subscribing(bars)?.resume).toEqual({ epoch: "e1", offset: 11 });
  socket.confirm(subscribing(bars), TOPIC, { epoch: "e1", offset: 11, retention: "keyed", recovered: true });
  socket.update(TOPIC, bar(2, 8), 12);
  socket.update(TOPIC, bar(3, 9), 13);

  expect(chart.ticks).toEqual(["2:7", "2:8", "3:9"]);
  expect([chart.resets, charts.resetDataCalls, charts.violations]).toEqual([0, 0, []]);
});

test("a gap resets each of two charts on one topic once, and the host is told once", async () => {
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

test("a gap does not wait for the pause after a correction", async () => {
  const { network, chart, reconnect, confirm } = await live(undefined, { resetData: () => {} });
  network.socket.update(TOPIC, bar(0, 5), 12);
  expect(chart.resets).toBe(1);
  await reconnect();
  confirm(bars, TOPIC, [bar(2)], { epoch: "e2", recovered: false });

  expect(chart.resets).toBe(2);
});

test("bars that came and went between history and stream are loaded before the first live one", async () => {
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

test("of what a server sends beyond that, nothing is drawn", async () => {
  const past = [bar(0), bar(1), bar(2)];
  const set = charting({ bars: async () => ({ bars: past }) });
  const chart = set.charts.open("one");
  await tick();
  past.push(bar(3, 30), bar(4, 45), bar(5, 55));
  set.confirm(bars, TOPIC, [bar(4, 40)]);
  await tick();

  expect([chart.ticks, set.charts.violations]).toEqual([["2:1", "3:30", "4:40"], []]);
});

test("a chart for which the library has kept the series goes on from what was drawn of it", async () => {
  const { charts, chart, datafeed, network, requests, confirm } = await live();
  network.socket.update(TOPIC, bar(3, 9), 12);
  network.socket.update(TOPIC, bar(4, 10), 13);
  charts.close(chart);
  const loads = requests.length;
  const told: number[] = [];
  charts.call(() =>
    datafeed.subscribeBars(
      { name: "AAPL" },
      "1",
      ({ close }) => told.push(close),
      "two",
      () => {},
    ),
  );
  await tick();
  confirm(bars, TOPIC, [bar(4, 11)], { offset: 14 });
  network.socket.update(TOPIC, bar(4, 12), 16);

  expect([told, requests.length]).toEqual([[11, 12], loads]);
});

test("a feed that starts anew with older bars is followed once the chart has loaded its history", async () => {
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

test("a server of the origin, which numbers nothing, resets the chart after each lost connection", async () => {
  const { network, clock, client, charts, server } = origin();
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

test("where they cannot be loaded, the chart goes on and is reset", async () => {
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

test("the last chart that leaves releases the topic, and is told nothing more", async () => {
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

test("a chart that leaves before it was subscribed asks for nothing", async () => {
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

test("a guid that is not known does no harm; one that is used again replaces the first", async () => {
  const { charts, chart, datafeed, network, client } = await live();
  datafeed.unsubscribeBars("nobody");
  const told: string[] = [];
  charts.call(() =>
    datafeed.subscribeBars(
      { name: "MSFT" },
      "5",
      () => told.push("tick"),
      "one",
      () => {},
    ),
  );
  await tick();
  network.socket.update(TOPIC, bar(4), 12);

  expect(chart.ticks).toEqual(["2:7"]);
  expect(client.inspect().topics.map(({ topic }) => topic)).toEqual(['bars:{"resolution":"5","symbol":"MSFT"}']);
});

test("a chart that throws stops neither another chart nor the topic", async () => {
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

test("the ticker is what is asked for, and days, weeks and months have two names", async () => {
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

test("destroy gives up every topic and timer, and calls nobody back", async () => {
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
