import { bars, type ParamsOf, quotes, type UpdateOf } from "@trading/topic/shapes";
import { ManualClock } from "@trading/topic/testing";
import { afterEach, expect, test } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../src/index.js";
import { hydratedTopics, prefetchBars, prefetchQuotes, prefetchTopic, stringifyState } from "../../src/ssr/index.js";
import { MemoryServer, type MemoryServerOptions } from "../../src/testing/index.js";

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

const BARS = { symbol: "AAPL", resolution: "1" } as const;
const bar = (time: number, close: number) => ({ time, open: close, high: close, low: close, close, volume: 1 });
const quote = (n: string, lp: number) => ({ s: "ok", n, v: { lp } }) as UpdateOf<typeof quotes>;
/** A signal that never aborts: the tests wait for the state. */
const { signal } = new AbortController();

function connect(
  options: Partial<MemoryServerOptions> = {},
  clientOptions: Partial<ClientOptions> = {},
): { server: MemoryServer; client: Client; errors: string[] } {
  const server = new MemoryServer({ routes: { bars, quotes }, ...options });
  const errors: string[] = [];
  const client = createClient({
    url: "ws://memory/api/v1/ws",
    WebSocket: server.WebSocket,
    onError: ({ code }) => errors.push(code),
    ...clientOptions,
  });
  open.push(client);
  return { server, client, errors };
}

test("prefetches the known updates of a topic with their position, and ends the subscription", async () => {
  const { server, client } = connect();
  server.publish(bars, BARS, bar(1, 10));
  server.publish(bars, BARS, bar(2, 20));
  const state = await prefetchTopic(client, bars, BARS, { signal });
  expect(state).toEqual({
    kind: "topic",
    topic: bars.buildTopic(BARS),
    epoch: expect.any(String),
    offset: 2,
    known: [bar(2, 20)],
    isPrivate: false,
    at: expect.any(Number),
  });
  await server.settled();
  expect(server.subscriptions).toEqual([]);
});

test("reads a topic that the client is already subscribed to", async () => {
  const { server, client } = connect();
  client.subscribe(bars, BARS, () => {});
  await server.settled();
  server.publish(bars, BARS, bar(3, 30));
  await server.settled();
  expect(await prefetchTopic(client, bars, BARS, { signal })).toMatchObject({ offset: 1, known: [bar(3, 30)] });
  expect(server.subscriptions).toHaveLength(1);
});

test("returns undefined if the server refuses, has no positions or does not reply in time", async () => {
  const refusing = connect();
  refusing.server.refuse(bars, "forbidden", "Not for you");
  expect(await prefetchTopic(refusing.client, bars, BARS, { signal })).toBeUndefined();
  expect(refusing.errors).toEqual(["forbidden"]);

  const legacy = connect({ protocol: "legacy" });
  expect(await prefetchTopic(legacy.client, bars, BARS, { signal })).toBeUndefined();

  const silent = connect();
  const errors: unknown[] = [];
  const late = { signal: AbortSignal.abort("too late"), onError: (error: unknown) => errors.push(`${error}`) };
  expect(await prefetchTopic(silent.client, bars, BARS, late)).toBeUndefined();
  expect(errors).toEqual([`Error: No complete state of ${bars.buildTopic(BARS)}: too late`]);
});

test("ends the wait when the signal aborts, and does not listen to it afterwards", async () => {
  const { server, client } = connect();
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const late = new AbortController();
  const waiting = prefetchTopic(client, bars, BARS, { signal: late.signal, onError });
  late.abort("too late");
  expect(await waiting).toBeUndefined();
  expect(errors).toHaveLength(1);
  const used = new AbortController();
  expect(await prefetchTopic(client, bars, BARS, { signal: used.signal, onError })).toBeDefined();
  used.abort();
  await server.settled();
  expect([errors.length, server.subscriptions]).toEqual([1, []]);
});

test("waits while the client retries, and reports no gap of another listener's subscription", async () => {
  const clock = new ManualClock();
  const { server, client, errors } = connect({}, { clock });
  server.publish(bars, BARS, bar(1, 10));
  client.subscribe(bars, BARS, () => {});
  await server.settled();
  const accept = server.refuse(bars, "busy", "Later", { retryable: true });
  // Its updates are lost, so the next subscribe finds a gap.
  server.end(bars.buildTopic(BARS));
  await server.settled();
  const waiting = prefetchTopic(client, bars, BARS, { signal });
  await clock.advanceAsync(1_000);
  server.publish(bars, BARS, bar(2, 20));
  accept();
  await clock.advanceAsync(60_000);
  expect(await waiting).toMatchObject({ known: [bar(2, 20)] });
  expect(errors).not.toContain("gap");
});

test("prefetches quotes under the topic that the hooks build", async () => {
  const { server, client } = connect();
  const params: ParamsOf<typeof quotes> = { symbols: [], fast_symbols: ["AAPL", "MSFT"] };
  server.publish(quotes, params, quote("MSFT", 2));
  const state = await prefetchQuotes(client, ["MSFT", "AAPL", "MSFT"], { signal });
  expect(state).toMatchObject({ topic: quotes.buildTopic(params), known: [quote("MSFT", 2)] });
});

test("prefetches the newest bars of a history, and reports a failure", async () => {
  const queries: unknown[] = [];
  const rest = {
    bars: async (query: object) => {
      queries.push(query);
      return { bars: [bar(2, 20), bar(1, 10)] };
    },
  };
  const state = await prefetchBars(rest, BARS, { pageSize: 2, signal });
  expect(state).toMatchObject({ kind: "bars", topic: bars.buildTopic(BARS), bars: [bar(1, 10), bar(2, 20)] });
  expect(queries).toEqual([expect.objectContaining({ ...BARS, countBack: 2 })]);
  // The current bar has to be included, also if this computer's clock is slow.
  expect((queries[0] as { to: number }).to).toBeGreaterThan(Date.now());
  const errors: unknown[] = [];
  const failing = {
    bars: async () => {
      throw new Error("503");
    },
  };
  expect(await prefetchBars(failing, BARS, { signal, onError: (error) => errors.push(`${error}`) })).toBeUndefined();
  expect(errors).toEqual(["Error: 503"]);
});

test("writes JSON that cannot end or comment out the script that contains it", async () => {
  const { server, client } = connect();
  const hostile = quote("</script><!--<script>&\u2028\u2029", 1);
  const params: ParamsOf<typeof quotes> = { symbols: [], fast_symbols: ["X"] };
  server.publish(quotes, params, hostile);
  const state = await prefetchTopic(client, quotes, params, { signal });
  const json = stringifyState([state, undefined]);
  expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(json)).toEqual([state]);
});

test("stores public topics for their first subscription, and falls back to another storage", async () => {
  const { server, client } = connect();
  server.publish(bars, BARS, bar(1, 10));
  const state = await prefetchTopic(client, bars, BARS, { signal });
  if (!state) throw new Error("no state");
  const saved = { epoch: "old", offset: 1, known: [] };
  const saves: unknown[] = [];
  const storage = hydratedTopics({ load: () => saved, save: (topics) => saves.push(topics) });
  const url = "ws://memory/api/v1/ws";
  const remove = storage.add([state, { ...state, topic: "orders:{}", isPrivate: true }]);
  expect(storage.load(state.topic, { url })).toMatchObject({ offset: 1, known: [bar(1, 10)] });
  expect(storage.load(state.topic, { url })).toBe(saved);
  // Without a user too, so that no mistake of the client can show it to a visitor.
  expect(storage.load("orders:{}", { url })).toBe(saved);
  expect(storage.load("orders:{}", { url, user: "user" })).toBe(saved);
  const newer = { ...state, offset: 9 };
  storage.add([newer]);
  remove();
  expect(storage.load(state.topic, { url })).toBe(newer);
  storage.add([newer]);
  expect(storage.load(state.topic, { url, user: "user" })).toBe(saved);
  storage.add([state])();
  expect(storage.load(state.topic, { url })).toBe(saved);
  storage.save(new Map(), { url });
  expect(saves).toEqual([new Map()]);
});
