import { bars, orders, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { ClientRoute, Gap, Resume, UpdateMeta } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";
import { type Confirmation, tick } from "../helpers/memory-network.js";

const AAPL = { symbol: "AAPL" };
const TRADES = 'trades:{"symbol":"AAPL"}';
const ORDERS = 'orders:{"accountId":"A-1"}';

type AnyRoute = ClientRoute<object, unknown>;

/** Returns a listener that records its calls. */
function journal() {
  const events: unknown[] = [];
  const gaps: Gap[] = [];
  const metas: UpdateMeta[] = [];
  const listener = {
    onUpdate: (update: unknown, meta: UpdateMeta) => {
      events.push((update as { id: string }).id);
      metas.push(meta);
    },
    onStatus: ({ state }: { state: string }) => events.push(state),
    onGap: (gap: Gap) => {
      events.push("gap");
      gaps.push(gap);
    },
  };
  return { events, gaps, metas, listener };
}

/** Returns a session with a topic that is confirmed at a position. */
async function subscribe(route: unknown, confirmation: Confirmation, options = {}) {
  const set = setUp(options);
  const { socket } = set.network;
  socket.welcome();
  const recorded = journal();
  const handle = set.client.subscribe(route as AnyRoute, { ...AAPL, accountId: "A-1" }, recorded.listener);
  await tick();
  socket.confirm(socket.sent[0], handle.topic, confirmation);
  /** Loses the connection, and opens the next one. */
  const reconnect = async () => {
    set.network.socket.end();
    set.clock.advance(1_000);
    set.network.socket.welcome();
    await tick();
    return set.network.socket;
  };
  return { ...set, ...recorded, handle, socket, reconnect };
}

const log = (offset: number, more: Confirmation = {}): Confirmation => ({
  epoch: "e1",
  retention: "log",
  offset,
  ...more,
});
const keyed = (offset: number, more: Confirmation = {}): Confirmation => ({
  epoch: "e1",
  retention: "keyed",
  offset,
  ...more,
});

test("requests the session extension in the query, and keeps other parameters", () => {
  const { network } = setUp({ url: "http://memory/api/v1/ws?tenant=1" });
  expect(network.socket.url).toBe("ws://memory/api/v1/ws?tenant=1&protocol=2&maxBatchBytes=65536");
});

test("resumes a log from its position, and marks missed updates as recovered", async () => {
  const { socket, events, metas, reconnect, errors } = await subscribe(trades, log(5));
  socket.update(TRADES, { id: "6" }, 6);
  const next = await reconnect();
  expect(next.sent[0]).toMatchObject({ type: "trades.subscribe", resume: { epoch: "e1", offset: 6 } });
  next.confirm(next.sent[0], TRADES, log(6, { recovered: true }));
  next.update(TRADES, { id: "7" }, 7);
  next.current(TRADES, "e1", 7);
  next.update(TRADES, { id: "8" }, 8);
  expect(events).toEqual(["pending", "live", "6", "pending", "syncing", "7", "live", "8"]);
  expect(metas.map(({ recovered, snapshot, offset }) => [recovered, snapshot, offset])).toEqual([
    [false, false, 6],
    [true, false, 7],
    [false, false, 8],
  ]);
  expect(errors).toEqual([]);
});

test("resumes from the position in the reply if no update arrived", async () => {
  const { reconnect } = await subscribe(trades, log(5));
  expect((await reconnect()).sent[0]?.resume).toEqual({ epoch: "e1", offset: 5 });
});

test("resumes from the position of a complete snapshot", async () => {
  const { socket, reconnect } = await subscribe(orders, keyed(0, { snapshot: true }));
  socket.update(ORDERS, { id: "a" }, 3);
  socket.current(ORDERS, "e1", 9);
  expect((await reconnect()).sent[0]?.resume).toEqual({ epoch: "e1", offset: 9 });
});

test("drops updates at or below the position", async () => {
  const { socket, events } = await subscribe(trades, log(5));
  for (const offset of [5, 6, 6, 4]) socket.update(TRADES, { id: String(offset) }, offset);
  expect(events).toEqual(["pending", "live", "6"]);
});

test("reports a gap with both positions if a log cannot be resumed", async () => {
  const { events, gaps, reconnect, errors } = await subscribe(trades, log(5));
  const next = await reconnect();
  next.confirm(next.sent[0], TRADES, log(40, { epoch: "e2", recovered: false }));
  next.update(TRADES, { id: "41" }, 41);
  expect(events).toEqual(["pending", "live", "pending", "gap", "live", "41"]);
  expect(gaps).toEqual([
    {
      topic: TRADES,
      reason: "not_recovered",
      snapshot: false,
      before: { epoch: "e1", offset: 5 },
      after: { epoch: "e2", offset: 40 },
    },
  ]);
  expect(errors).toEqual([]);
});

test("discards the known updates of a keyed topic that cannot be resumed", async () => {
  const { client, socket, events, gaps, reconnect } = await subscribe(orders, keyed(0, { snapshot: true }));
  socket.update(ORDERS, { id: "old" }, 1);
  socket.current(ORDERS, "e1", 1);
  const next = await reconnect();
  next.confirm(next.sent[0], ORDERS, keyed(0, { epoch: "e2", snapshot: true, recovered: false }));
  next.update(ORDERS, { id: "new" }, 1);
  expect(events).toEqual(["pending", "syncing", "old", "live", "pending", "gap", "syncing", "new"]);
  expect(gaps[0]?.snapshot).toBe(true);
  const late = journal();
  client.subscribe(orders, { accountId: "A-1" }, late.listener);
  expect(late.events).toEqual(["syncing", "new"]);
  expect(late.metas[0]?.snapshot).toBe(true);
  next.current(ORDERS, "e2", 1);
  expect(late.events).toEqual(["syncing", "new", "live"]);
});

test("reports a gap without a snapshot as an error if no listener has onGap", async () => {
  const { client, network, clock, errors } = setUp();
  network.socket.welcome();
  client.subscribe(trades, AAPL, () => {});
  client.subscribe(orders, { accountId: "A-1" }, () => {});
  await tick();
  const confirm = (epoch: string, recovered?: boolean) => {
    const [first, second] = network.socket.sent;
    network.socket.confirm(first, TRADES, { ...log(1), epoch, ...(recovered !== undefined && { recovered }) });
    network.socket.confirm(second, ORDERS, {
      ...keyed(0, { snapshot: true }),
      epoch,
      ...(recovered !== undefined && { recovered }),
    });
  };
  confirm("e1");
  network.socket.end();
  clock.advance(1_000);
  network.socket.welcome();
  await tick();
  confirm("e2", false);
  expect(errors).toMatchObject([{ code: "gap", topic: TRADES }]);
});

test("onResume reports each resumed topic, and whether its missed updates follow", async () => {
  const { client, reconnect } = await subscribe(trades, log(5));
  const resumes: Resume[] = [];
  const stop = client.onResume((resume) => resumes.push(resume));
  const second = await reconnect();
  second.confirm(second.sent[0], TRADES, log(5, { recovered: true }));
  const third = await reconnect();
  third.confirm(third.sent[0], TRADES, log(40, { epoch: "e2", recovered: false }));
  expect(resumes).toEqual([
    { topic: TRADES, recovered: true },
    { topic: TRADES, recovered: false },
  ]);
  stop();
  third.update(TRADES, { id: "42" }, 42);
  third.confirm(third.sent[1], TRADES, log(40, { epoch: "e2", recovered: true }));
  expect(resumes).toHaveLength(2);
});

test("subscribes again from the last position if updates of a log are missing", async () => {
  const { socket, events, gaps } = await subscribe(trades, log(5));
  socket.update(TRADES, { id: "6" }, 6);
  socket.update(TRADES, { id: "8" }, 8);
  socket.update(TRADES, { id: "9" }, 9);
  expect(socket.sent.slice(1)).toMatchObject([{ type: "trades.subscribe", resume: { epoch: "e1", offset: 6 } }]);
  socket.confirm(socket.sent[1], TRADES, log(6, { recovered: true }));
  for (const offset of [7, 8, 9]) socket.update(TRADES, { id: String(offset) }, offset);
  socket.current(TRADES, "e1", 9);
  expect(events.filter((what) => Number(what))).toEqual(["6", "7", "8", "9"]);
  expect(gaps).toEqual([]);
});

test("accepts missing offsets of a keyed topic as conflation", async () => {
  const { socket, events } = await subscribe(orders, keyed(0, { snapshot: true }));
  socket.current(ORDERS, "e1", 1);
  socket.update(ORDERS, { id: "a" }, 7);
  expect(events).toEqual(["pending", "syncing", "live", "a"]);
  expect(socket.sent).toHaveLength(1);
});

test("ignores frames of an old socket", async () => {
  const { socket, events, reconnect } = await subscribe(trades, log(5));
  const say = socket.onmessage as unknown as (event: { data: string }) => void;
  const next = await reconnect();
  next.confirm(next.sent[0], TRADES, log(5, { recovered: true }));
  say({
    data: JSON.stringify({ type: "trades.update", payload: { topic: TRADES, offset: 6, payload: { id: "late" } } }),
  });
  expect(events).not.toContain("late");
});

test("drops updates of an earlier subscription of the topic", async () => {
  const { client, socket, handle } = await subscribe(trades, log(5));
  handle();
  await tick();
  const again = journal();
  client.subscribe(trades, AAPL, again.listener);
  await tick();
  socket.update(TRADES, { id: "under way" }, 6);
  socket.confirm(socket.sent[1], TRADES);
  socket.confirm(socket.sent[2], TRADES, log(6));
  socket.update(TRADES, { id: "7" }, 7);
  expect(socket.sent.map(({ type, resume }) => [type, resume])).toEqual([
    ["trades.subscribe", undefined],
    ["trades.unsubscribe", undefined],
    ["trades.subscribe", undefined],
  ]);
  expect(again.events).toEqual(["pending", "live", "7"]);
});

test("subscribes again after a retryable end, and reports a gap", async () => {
  const { socket, clock, events, errors } = await subscribe(trades, log(5));
  socket.say({ type: "subscription.ended", payload: { topic: TRADES, code: "source_ended", retryable: true } });
  expect(errors).toMatchObject([{ code: "source_ended", topic: TRADES, retryable: true }]);
  clock.advance(500);
  await tick();
  socket.confirm(socket.sent[1], TRADES, log(0, { epoch: "e2", recovered: false }));
  expect(events).toEqual(["pending", "live", "error", "pending", "gap", "live"]);
});

test("keeps the error of a topic that ended for good until a listener is added", async () => {
  const { client, socket, clock, events } = await subscribe(trades, log(5));
  socket.say({ type: "subscription.ended", payload: { topic: TRADES, code: "forbidden", retryable: false } });
  clock.advance(14_000);
  await tick();
  expect(socket.sent.filter(({ type }) => type !== "ping")).toHaveLength(1);
  expect(events).toEqual(["pending", "live", "error"]);
  client.subscribe(trades, AAPL, () => {});
  await tick();
  expect(socket.sent.at(-1)?.type).toBe("trades.subscribe");
});

test("retries a retryable refusal with backoff until it is stopped", async () => {
  const { client, network, clock, errors } = setUp();
  const { socket } = network;
  socket.welcome();
  const stop = client.subscribe(trades, AAPL, () => {});
  const waits = [0, 500, 1_000, 2_000];
  for (const [index, waitMs] of waits.entries()) {
    clock.advance(waitMs - 1);
    await tick();
    expect(socket.sent).toHaveLength(index === 0 ? 1 : index);
    clock.advance(1);
    await tick();
    socket.refuse(socket.sent[index], { code: "source_unavailable", retryable: true });
  }
  expect(errors.map(({ code, retryable }) => [code, retryable])).toEqual(waits.map(() => ["source_unavailable", true]));
  stop();
  clock.advance(25_000);
  await tick();
  expect(socket.sent.filter(({ type }) => type !== "ping")).toHaveLength(waits.length);
});

test("reports a gap without positions on each reconnect to a legacy server", async () => {
  const { client, network, clock, errors } = setUp();
  const recorded = journal();
  client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, recorded.listener);
  network.socket.accept();
  await tick();
  const topic = 'bars:{"resolution":"1","symbol":"AAPL"}';
  network.socket.confirm(network.socket.sent[0], topic, { echo: false });
  network.socket.end(1003, "Connection timed out. Heartbeat interval 30.0.");
  clock.advance(1_000);
  network.socket.accept();
  expect(network.socket.sent[0]).toEqual(expect.not.objectContaining({ resume: expect.anything() }));
  network.socket.confirm(network.socket.sent[0], topic, { echo: false });
  expect(recorded.events).toEqual(["pending", "live", "pending", "gap", "live"]);
  expect(recorded.gaps).toEqual([
    { topic, reason: "no_positions", snapshot: false, before: undefined, after: undefined },
  ]);
  expect(errors).toEqual([]);
});
