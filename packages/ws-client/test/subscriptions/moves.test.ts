import { orders, trades } from "@trading/topic/shapes";
import { expect, onTestFinished, test } from "vitest";
import { createClient, type TapEvent, type TopicStatus } from "../../src/index.js";
import { ManualClock, MemoryServer } from "../../src/testing/index.js";

const AAPL = { symbol: "AAPL" };
const TRADES = 'trades:{"symbol":"AAPL"}';

const trade = (time: number) => ({ id: String(time), time, price: 1, qty: 1, side: 1 as const });

/** A client with a live topic. */
async function setUp(random = 0.5) {
  const clock = new ManualClock();
  const server = new MemoryServer({ routes: { trades, orders }, clock });
  const problems: unknown[] = [];
  const client = createClient({
    url: "ws://memory",
    WebSocket: server.WebSocket,
    clock,
    random: () => random,
    onError: (error) => problems.push(error),
  });
  onTestFinished(() => client.close());
  client.tap((event: TapEvent) => {
    if (event.kind === "error") problems.push(event);
  });
  const seen: unknown[] = [];
  const handle = client.subscribe(trades, AAPL, {
    onUpdate: ({ id }, { recovered }) => void seen.push(recovered ? `${id} recovered` : id),
    onStatus: ({ state, reason, error }: TopicStatus) => {
      seen.push([state, reason ?? error?.code].filter((part) => part !== undefined).join(" "));
    },
    onGap: () => void seen.push("gap"),
  });
  await handle.ready;
  server.publish(trades, AAPL, trade(1));
  await server.settled();
  /** The number of subscribes so far. */
  const subscribes = () => server.frames.filter(({ type }) => type === "trades.subscribe").length;
  const advance = async (ms: number) => {
    clock.advance(ms);
    await server.settled();
  };
  expect(seen.splice(0)).toEqual(["pending", "live", "1"]);
  return { clock, server, client, problems, seen, subscribes, advance };
}

test.each(["moved", "owner_lost"] as const)(
  "a topic that ends with %s is syncing, and continues without an error",
  async (code) => {
    const { server, client, problems, seen, advance } = await setUp();
    server.move(TRADES, code);
    await server.settled();
    server.publish(trades, AAPL, trade(2));
    expect(seen).toEqual([`syncing ${code}`]);
    expect(client.inspect().topics[0]).toMatchObject({ status: "syncing", reason: code, error: undefined });
    await advance(1_000);
    expect(seen).toEqual([`syncing ${code}`, "syncing", "2 recovered", "live"]);
    expect(client.inspect().topics[0]).toMatchObject({ status: "live", reason: undefined });
    expect(problems).toEqual([]);
  },
);

test("a gap is reported if the next server does not have the updates", async () => {
  const { server, problems, seen, advance } = await setUp();
  server.end(TRADES, "owner_lost");
  await server.settled();
  await advance(1_000);
  expect(seen).toEqual(["syncing owner_lost", "gap", "live"]);
  expect(problems).toEqual([]);
});

test.each([
  [0, 0],
  [0.5, 125],
  [0.999, 249.75],
])("subscribes again within a quarter of the backoff, at a random moment: %d", async (random, delayMs) => {
  const { server, subscribes, advance } = await setUp(random);
  server.move(TRADES);
  await server.settled();
  if (delayMs > 0) await advance(delayMs - 0.01);
  expect(subscribes()).toBe(1);
  await advance(0.02);
  expect(subscribes()).toBe(2);
});

test("waits longer each time while a topic moves again and again", async () => {
  const { server, subscribes, advance, problems } = await setUp();
  const waits: number[] = [];
  for (let move = 0; move < 4; move++) {
    const before = subscribes();
    server.move(TRADES);
    await server.settled();
    let waited = 0;
    for (; subscribes() === before; waited += 25) await advance(25);
    waits.push(waited);
  }
  expect(waits).toEqual([125, 625, 1_125, 2_125]);
  expect(problems).toEqual([]);
});

test("keeps syncing while the next server refuses, and reports an error after ten seconds", async () => {
  const { server, seen, problems, subscribes, advance } = await setUp();
  const accept = server.refuse(trades, "no_owner", "No server runs this topic", { retryable: true });
  server.end(TRADES, "owner_lost");
  await server.settled();
  for (let waitedMs = 0; waitedMs < 20_000 && seen.length === 1; waitedMs += 100) await advance(100);
  expect(seen).toEqual(["syncing owner_lost", "error no_owner"]);
  expect(subscribes()).toBeGreaterThan(3);
  expect(problems).toHaveLength(2);
  accept();
  await advance(1_000);
  expect(seen.slice(2)).toEqual(["pending", "gap", "live"]);
});

test("a move that is not retryable, and another reason for the end, are errors", async () => {
  for (const [code, retryable] of [
    ["moved", false],
    ["source_ended", true],
  ] as const) {
    const { server, seen } = await setUp();
    server.end(TRADES, code, { retryable });
    await server.settled();
    expect(seen).toEqual([`error ${code}`]);
  }
});

test("a listener that is added during a move is ready when the topic is live", async () => {
  const { server, client, advance } = await setUp();
  server.move(TRADES);
  await server.settled();
  const states: string[] = [];
  const { ready } = client.subscribe(trades, AAPL, { onStatus: ({ state }) => void states.push(state) });
  let isReady = false;
  void ready.then(() => (isReady = true));
  await server.settled();
  expect([isReady, states]).toEqual([false, ["syncing"]]);
  await advance(1_000);
  expect([isReady, states.at(-1)]).toEqual([true, "live"]);
});

test("is pending when the connection is lost during a move", async () => {
  const { server, seen } = await setUp();
  server.move(TRADES);
  await server.settled();
  server.stop();
  await server.settled();
  expect(seen).toEqual(["syncing moved", "pending"]);
});
