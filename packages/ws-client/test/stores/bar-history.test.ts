import { expect, test } from "vitest";
import type { BarsQuery } from "../../src/rest/index.js";
import { changedBars, createBarHistory } from "../../src/stores/index.js";
import { setUp } from "../helpers/harness.js";
import { type Confirmation, tick } from "../helpers/memory-network.js";

const SERIES = { symbol: "AAPL", resolution: "1" } as const;
const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';

const bar = (time: number, close = time) => ({ time, open: 1, high: 9, low: 0, close, volume: 1 });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => bar(from + index));

/**
 * Creates a history on a connected client.
 *
 * @param serve the history of the server: `maximum` is the most bars that one reply has
 */
async function start(serve: { bars: ReturnType<typeof bar>[]; maximum?: number; failure?: Error }, pageSize = 3) {
  const set = setUp();
  const queries: BarsQuery[] = [];
  const signals: AbortSignal[] = [];
  const rest = {
    async bars(query: BarsQuery, signal?: AbortSignal) {
      queries.push(query);
      if (signal) signals.push(signal);
      if (serve.failure) throw serve.failure;
      const before = serve.bars.filter(({ time }) => time < query.to);
      const inRange = before.filter(({ time }) => time >= query.from).length;
      const count = Math.min(Math.max(inRange, query.countBack), serve.maximum ?? 5_000);
      return { bars: count === 0 ? [] : before.slice(-count) };
    },
  };
  set.network.socket.welcome();
  const history = createBarHistory(set.client, rest, SERIES, { pageSize, now: () => 1_000_000 });
  await tick();
  const confirm = async (updates: unknown[], more: Confirmation = {}) => {
    const { socket } = set.network;
    const epoch = more.epoch ?? "e1";
    const frame = socket.sent.findLast(({ type }) => type === "bars.subscribe");
    socket.confirm(frame, TOPIC, { epoch, offset: 0, retention: "keyed", snapshot: true, ...more });
    updates.forEach((update, index) => {
      socket.update(TOPIC, update, index + 1);
    });
    socket.current(TOPIC, epoch, updates.length);
    await tick();
  };
  /** Reconnects to a server that cannot resume. */
  const gap = async (updates: unknown[]) => {
    set.network.socket.end();
    set.clock.advance(1_000);
    set.network.socket.welcome();
    await tick();
    await confirm(updates, { epoch: "e2", recovered: false });
  };
  const shown = () =>
    history
      .get()
      .bars.map(({ time, close }) => (time === close ? time : `${time}=${close}`))
      .join(" ");
  return { ...set, history, queries, signals, confirm, gap, shown };
}

test("loads the history once the stream is live, and prefers live bars", async () => {
  const { history, confirm, shown, queries } = await start({ bars: range(1, 6) });
  expect([queries, history.get().history]).toEqual([[], "loading"]);
  await confirm([bar(5, 50), bar(6)]);
  expect(shown()).toBe("3 4 5=50 6");
  expect(history.get()).toMatchObject({ history: "loaded", status: "live", hasOlder: true, dataUpdatedAt: 1_000_000 });
  expect(queries).toHaveLength(1);
});

test("loads every bar since the last known one after a gap", async () => {
  const serve = { bars: range(1, 6) };
  const { confirm, gap, shown, queries, history } = await start(serve);
  await confirm([bar(5)]);
  const [, second] = history.get().bars;
  serve.bars = [...range(1, 5), bar(5, 55), ...range(6, 30)];
  await gap([bar(29)]);
  expect(shown()).toBe(
    `3 4 5=55 ${range(6, 30)
      .map(({ time }) => time)
      .join(" ")}`,
  );
  expect(queries.at(-1)).toMatchObject({ from: 5, countBack: 3 });
  // A chart draws only what changed.
  expect(history.get().bars[1]).toBe(second);
});

test("requests further pages if the server cuts a reply, and starts again if there are too many", async () => {
  const serve = { bars: range(1, 6), maximum: 1_000 };
  const { confirm, gap, queries, history } = await start(serve);
  await confirm([bar(5)]);
  serve.bars = range(1, 3_500);
  await gap([]);
  expect(history.get().bars.map(({ time }) => time)).toEqual(range(3, 3_500).map(({ time }) => time));
  expect(queries).toHaveLength(5);

  serve.bars = range(1, 40_000);
  serve.maximum = 1_000;
  await gap([]);
  const { bars, hasOlder } = history.get();
  expect([bars[0]?.time, bars.length, hasOlder]).toEqual([20_000, 20_000, true]);
});

test("loads every bar from a server whose replies have fewer bars than a page", async () => {
  const serve = { bars: range(1, 501), maximum: 100 };
  const { confirm, gap, queries, history } = await start(serve, 300);
  const times = () => history.get().bars.map(({ time }) => time);
  const from = (first: number) => range(first, serve.bars.length + 1).map(({ time }) => time);
  await confirm([]);
  expect([times(), history.get().hasOlder, queries.length]).toEqual([from(201), true, 3]);
  serve.bars = range(1, 751);
  await gap([]);
  expect([times(), queries.length]).toEqual([from(201), 6]);
  await history.loadOlder();
  // Two replies with the older bars, and one without any.
  expect([times(), history.get().hasOlder, queries.length]).toEqual([from(1), false, 9]);
  serve.bars = range(1, 10_001);
  await gap([]);
  expect([times(), history.get().hasOlder]).toEqual([from(8_001), true]);
});

test("pages back until there are no older bars, one request at a time", async () => {
  const { history, confirm, shown, queries } = await start({ bars: range(1, 6) });
  await history.loadOlder();
  await confirm([]);
  await Promise.all([history.loadOlder(), history.loadOlder()]);
  expect([shown(), queries.length, history.get().isLoadingOlder]).toEqual(["1 2 3 4 5", 3, false]);
  expect(history.get().hasOlder).toBe(false);
  await history.loadOlder();
  expect(queries).toHaveLength(3);
});

test("reports a failed request, and loads again after a reconnect or on reload", async () => {
  const failure = new Error("unreachable");
  const serve: Parameters<typeof start>[0] = { bars: range(1, 4), failure };
  const { history, confirm, gap, shown } = await start(serve);
  await confirm([bar(4)]);
  expect(history.get()).toMatchObject({ history: "failed", historyError: failure });
  expect(shown()).toBe("4");
  delete serve.failure;
  await history.reload();
  expect(history.get()).toMatchObject({ history: "loaded", historyError: undefined, hasOlder: true });
  expect(shown()).toBe("1 2 3 4");
  serve.failure = failure;
  await gap([]);
  delete serve.failure;
  await gap([]);
  expect(history.get()).toMatchObject({ history: "loaded", historyError: undefined });
});

test("cancels its requests and its subscription when it is stopped", async () => {
  const { history, confirm, signals, client } = await start({ bars: range(1, 4) });
  const changes: unknown[] = [];
  await confirm([]);
  history.readers.add(() => changes.push(history.get()));
  const older = history.loadOlder();
  changes.splice(0);
  history.stop();
  await older;
  expect([signals.at(-1)?.aborted, changes, client.inspect().topics]).toEqual([true, [], []]);
});

test("changedBars returns the bars that a chart can draw one by one", () => {
  const drawn = range(1, 4);
  const last = bar(3, 30);
  const next = [...drawn.slice(0, 2), last, bar(4)];
  expect(changedBars([], drawn)).toEqual(drawn);
  expect(changedBars(drawn, drawn)).toEqual([]);
  expect(changedBars(drawn, next)).toEqual([last, bar(4)]);
  expect(changedBars(drawn, [bar(0), ...drawn])).toBeUndefined();
  expect(changedBars(drawn, [...drawn.slice(0, 1), bar(2, 20), last])).toBeUndefined();
  expect(changedBars(drawn, drawn.slice(0, 2))).toBeUndefined();
});

test("reports a symbol without history", async () => {
  const { history, confirm, shown } = await start({ bars: [] });
  await confirm([bar(4)]);
  expect(history.get()).toMatchObject({ history: "empty", hasOlder: false });
  expect(shown()).toBe("4");
});
