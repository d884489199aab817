import { bars as wholeBars } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const of = (symbol: string) => ({ symbol, resolution: "1" }) as const;
const BAD = of("");

test("sends a rejected subscribe again only after it was stopped", async () => {
  const { network, client, clock, errors } = setUp();
  network.socket.accept();
  const first = client.subscribe(bars, BAD, () => {});
  await tick();
  network.socket.end(1003, "Could not validate payload");
  await expect(first.ready).rejects.toMatchObject({ code: "rejected" });
  const second = client.subscribe(bars, BAD, () => {});
  await expect(second.ready).rejects.toMatchObject({ code: "rejected" });
  for (const reason of ["", "Connection timed out"]) {
    clock.advance(1_000);
    network.socket.accept();
    await tick();
    expect(network.socket.sent).toEqual([]);
    network.socket.end(1003, reason);
  }
  expect(errors).toHaveLength(1);
  clock.advance(1_000);
  network.socket.accept();
  first();
  second();
  const third = client.subscribe(bars, BAD, () => {});
  await tick();
  expect(network.socket.sent.map(({ payload }) => payload)).toEqual([BAD]);
  network.socket.confirm(network.socket.sent[0], third.topic);
  await third.ready;
});

test("sends suspects last, one at a time", async () => {
  const { network, client, clock } = setUp();
  const first = network.socket;
  first.accept();
  const live = client.subscribe(bars, of("LIVE"), () => {});
  await tick();
  first.confirm(first.sent[0], live.topic);
  const suspects = ["A", "B"].map((symbol) => client.subscribe(bars, of(symbol), () => {}));
  await tick();
  first.end(1003, "WS: Could not validate payload");
  clock.advance(1_000);
  const { socket } = network;
  socket.accept();
  const symbols = () => socket.sent.map(({ payload }) => payload.symbol);
  await tick();
  expect(symbols()).toEqual(["LIVE"]);
  socket.confirm(socket.sent[0], live.topic);
  expect(symbols()).toEqual(["LIVE", "A"]);
  // One that is refused in words is none that closes connections.
  socket.say({ type: "bars.subscribe.response", payload: { status: "error", message: "no", topic: "" }, id: 5 });
  expect(symbols()).toEqual(["LIVE", "A", "B"]);
  socket.confirm(socket.sent[2], suspects[1]?.topic as string);
  await suspects[1]?.ready;
  expect(socket.sent.map(({ id }) => id)).toEqual([4, 5, 6]);
});

test("does not wait for an overdue reply before it sends suspects", async () => {
  const { network, client, clock } = setUp();
  network.socket.accept();
  for (const symbol of ["A", "B"]) client.subscribe(bars, of(symbol), () => {});
  await tick();
  network.socket.end(1003, "Could not validate payload");
  clock.advance(1_000);
  network.socket.accept();
  expect(network.socket.sent).toHaveLength(1);
  clock.advance(10_000);
  expect(network.socket.sent).toHaveLength(2);
});

test.each([
  [1003, "Connection timed out. Heartbeat interval 30.0."],
  [1011, "Internal error"],
])("suspects no subscription after a close %i %s", async (code, reason) => {
  const { network, client, clock, errors } = setUp();
  network.socket.accept();
  for (const symbol of ["A", "B"]) client.subscribe(bars, of(symbol), () => {});
  await tick();
  network.socket.end(code, reason);
  clock.advance(1_000);
  network.socket.accept();
  expect(network.socket.sent).toHaveLength(2);
  expect(errors).toEqual([]);
});

test("does not suspect a heartbeat", async () => {
  const { network, client, clock, errors } = setUp();
  const { socket } = network;
  socket.accept();
  const live = client.subscribe(bars, of("LIVE"), () => {});
  await tick();
  socket.confirm(socket.sent[0], live.topic);
  clock.advance(15_000);
  const bad = client.subscribe(bars, BAD, () => {});
  await tick();
  expect(socket.sent).toHaveLength(3);
  socket.end(1003, "Could not validate payload");
  expect(errors).toMatchObject([{ code: "rejected", topic: bad.topic }]);
});

test("counts rejected frames apart from failures to connect in the backoff", async () => {
  const { client, network, clock } = setUp();
  const wait = () => Number(/in ([\d.]+) s/.exec(client.state.reason)?.[1]);
  for (let attempt = 0; attempt < 5; attempt++) {
    network.socket.end();
    clock.advance(wait() * 1_000);
  }
  const waits: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    network.socket.accept();
    const stop = client.subscribe(bars, BAD, () => {});
    await tick();
    network.socket.end(1003, "Could not validate payload");
    stop();
    waits.push(wait());
    clock.advance(wait() * 1_000);
  }
  expect(waits).toEqual([0.5, 1, 2]);
});

test("can be closed by a listener of the rejected topic", async () => {
  const { client, network, clock } = setUp();
  network.socket.accept();
  client.subscribe(bars, BAD, { onStatus: ({ state }) => state === "error" && client.close() });
  await tick();
  network.socket.end(1003, "Could not validate payload");
  expect([client.state.status, clock.pending, network.sockets.length]).toEqual(["closed", 0, 1]);
});

test("validates parameters with a whole route before sending", async () => {
  const { client, network } = setUp();
  network.socket.accept();
  expect(() => client.subscribe(wholeBars, BAD, () => {})).toThrow(/symbol.*at least 1/);
  await tick();
  expect(network.socket.sent).toEqual([]);
});
