import { defineShape, orders, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { Client } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const ACCOUNT = { accountId: "A-1" };
const ORDERS = 'orders:{"accountId":"A-1"}';
const WORKING = 6;
const FILLED = 2;

interface Row {
  readonly id: string;
  readonly status?: number;
}

/** Subscribes to the orders, and records the current ids: each update adds its id, and an eviction removes it. */
function listen(client: Client, route = orders) {
  const ids = new Set<string>();
  const evicted: string[] = [];
  const stop = client.subscribe(route, ACCOUNT, {
    onUpdate: ({ id }) => ids.add(id),
    onEvict: ({ id, status }) => {
      ids.delete(id);
      evicted.push(`${id} ${status}`);
    },
  });
  return { ids, evicted, stop };
}

/** Returns the ids that a late listener receives. */
function late(client: Client, route = orders): string[] {
  const { ids, stop } = listen(client, route);
  stop();
  return [...ids];
}

/** Returns a client that is subscribed to the orders, without heartbeats. */
async function subscribed(options: Parameters<typeof setUp>[0] = {}, route = orders) {
  const set = setUp({ heartbeatIntervalMs: 0, ...options });
  const { socket } = set.network;
  socket.welcome({ heartbeatIntervalMs: 0 });
  const listener = listen(set.client, route);
  await tick();
  socket.confirm(socket.sent[0], ORDERS, { epoch: "e", retention: "keyed", offset: 0, snapshot: true });
  socket.current(ORDERS, "e", 0);
  let offset = 0;
  const update = (row: Row) => socket.update(ORDERS, row, ++offset);
  return { ...set, ...listener, socket, update };
}

test("evicts a finished key ten minutes after it finished, and notifies the listeners", async () => {
  const { client, clock, update, ids, evicted } = await subscribed();
  update({ id: "a", status: FILLED });
  clock.advance(1_000);
  update({ id: "b", status: WORKING });
  update({ id: "c", status: FILLED });
  clock.advance(598_999);
  expect([late(client), [...ids], evicted]).toEqual([["a", "b", "c"], ["a", "b", "c"], []]);
  clock.advance(1);
  expect([late(client), [...ids], evicted]).toEqual([["b", "c"], ["b", "c"], ["a 2"]]);
  clock.advance(1_000_000);
  expect([late(client), [...ids], evicted]).toEqual([["b"], ["b"], ["a 2", "c 2"]]);
});

test("keeps a key that is no longer finished, and starts its time again when it finishes again", async () => {
  const { client, clock, update } = await subscribed();
  update({ id: "a", status: FILLED });
  update({ id: "b", status: FILLED });
  clock.advance(300_000);
  update({ id: "a", status: WORKING });
  update({ id: "b", status: FILLED });
  clock.advance(300_000);
  expect(late(client)).toEqual(["a", "b"]);
  clock.advance(300_000);
  expect(late(client)).toEqual(["a"]);
});

test("stays small on a day with 2,000 finished orders, and leaves no timer", async () => {
  const { client, clock, update, ids, stop, errors } = await subscribed();
  update({ id: "open", status: WORKING });
  const sizes = new Set<number>();
  for (let order = 0; order < 2_000; order++) {
    update({ id: `${order}`, status: WORKING });
    update({ id: `${order}`, status: FILLED });
    sizes.add(client.inspect().topics[0]?.known ?? 0);
    clock.advance(43_200);
  }
  expect(Math.max(...sizes)).toBe(15);
  expect(late(client)).toEqual([...ids]);
  expect(ids.size).toBe(14);
  clock.advance(600_000);
  expect([late(client), [...ids]]).toEqual([["open"], ["open"]]);
  expect(clock.pending).toBe(0);
  update({ id: "last", status: FILLED });
  expect(clock.pending).toBe(1);
  stop();
  await tick();
  // The timeout of the reply to the unsubscribe.
  clock.advance(10_000);
  expect([clock.pending, errors]).toEqual([0, []]);
});

test("evicts what is due before a late listener reads, even if the timer is late", async () => {
  const { client, clock, update } = await subscribed({});
  update({ id: "a", status: FILLED });
  const monotonic = clock.monotonic.bind(clock);
  // A computer that slept: the time has passed, and the timers have not run yet.
  clock.monotonic = () => monotonic() + 600_000;
  expect(late(client)).toEqual([]);
});

test("keeps at most `count` keys, and evicts the one that was updated first", async () => {
  const route = defineShape<{ accountId: string }, Row>({ ...orders, keep: { count: 2 } }) as typeof orders;
  const { client, update, ids, evicted } = await subscribed({}, route);
  for (const id of ["a", "b", "a", "c"]) update({ id });
  expect([late(client, route), [...ids], evicted]).toEqual([["a", "c"], ["a", "c"], ["b undefined"]]);
});

test("evicts a finished key immediately if `finishedForMs` is 0, after the listeners were notified of it", async () => {
  const keep = { finished: { field: "status", values: [FILLED] }, finishedForMs: 0 };
  const route = defineShape<{ accountId: string }, Row>({ ...orders, keep }) as typeof orders;
  const { client, update, ids, evicted } = await subscribed({}, route);
  update({ id: "a", status: FILLED });
  expect([late(client, route), [...ids], evicted]).toEqual([[], [], ["a 2"]]);
});

test("does not restart the time of a finished key with a reload", async () => {
  const saved = new Map();
  const storage = {
    load: (topic: string) => saved.get(topic),
    save: (topics: ReadonlyMap<string, unknown>) => {
      // As JSON, because a storage keeps text.
      for (const [topic, value] of topics) saved.set(topic, JSON.parse(JSON.stringify(value)));
    },
  };
  const route = defineShape<{ accountId: string }, Row>({ ...orders, access: "public" }) as typeof orders;
  const { client, clock, update } = await subscribed({ storage }, route);
  update({ id: "a", status: WORKING });
  update({ id: "b", status: FILLED });
  clock.advance(400_000);
  client.close();

  const { client: next, clock: nextClock } = setUp({ storage });
  const { ids } = listen(next, route);
  expect(ids).toEqual(new Set(["a", "b"]));
  nextClock.advance(199_999);
  expect(late(next, route)).toEqual(["a", "b"]);
  nextClock.advance(1);
  expect([[...ids], late(next, route)]).toEqual([["a"], ["a"]]);
});

test("keeps nothing of a log", async () => {
  const { client, network } = setUp();
  network.socket.welcome();
  const handle = client.subscribe(trades, { symbol: "AAPL" }, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], handle.topic, { epoch: "e", retention: "log", offset: 0 });
  for (let offset = 1; offset <= 1_500; offset++) network.socket.update(handle.topic, { id: `${offset}` }, offset);
  expect(client.inspect().topics[0]).toMatchObject({ updates: 1_500, known: 0 });
});
