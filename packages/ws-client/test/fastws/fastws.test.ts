import { bars, executions, quotes } from "@trading/topic";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Client, createClient, type Gap, type UpdateMeta } from "../../src/index.js";
import { LegacyServer } from "./legacy-server.js";
import { fastwsPython } from "./python.js";

const HEARTBEAT_SECONDS = 2;
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';
const BAR = { time: 1_697_097_600_000, open: 150, high: 151, low: 149.5, close: 150.5, volume: 1_000_000 };

let python: string | undefined;
beforeAll(async () => {
  python = await fastwsPython();
});

let server: LegacyServer;
let client: Client;
beforeEach(async ({ skip }) => {
  if (python === undefined) return skip("FastWS is not available");
  server = await LegacyServer.start(python, HEARTBEAT_SECONDS);
  client = createClient({
    url: server.url,
    WebSocket,
    heartbeatIntervalMs: HEARTBEAT_SECONDS * 1_000,
    backoffInitialMs: 10,
    replyTimeoutMs: 60_000,
    random: () => 0,
    onError: (error) => expect.fail(error.message),
  });
});
afterEach(async () => {
  client?.close();
  await server?.stop();
});

/** Subscribes to the bars, and records updates and gaps. */
function listen() {
  const events: (number | Gap)[] = [];
  const metas: UpdateMeta[] = [];
  let wake = () => {};
  const handle = client.subscribe(bars, AAPL, {
    onUpdate: ({ close }, meta) => {
      events.push(close);
      metas.push(meta);
      wake();
    },
    onGap: (gap) => {
      events.push(gap);
      wake();
    },
  });
  const count = async (wanted: number) => {
    while (events.length < wanted) await new Promise<void>((resolve) => (wake = resolve));
    return events;
  };
  return { handle, count, metas };
}

test("receives updates, and leaves the server's counters at zero", async () => {
  const { handle, count, metas } = listen();
  await handle.ready;
  expect(await server.state()).toMatchObject({ counts: { [TOPIC]: 1 }, running: [TOPIC], connected: 1 });
  for (const close of [1, 2.5, 3]) await server.publish(TOPIC, { ...BAR, close });
  expect(await count(3)).toEqual([1, 2.5, 3]);
  expect(metas[0]).toEqual({ topic: TOPIC, offset: undefined, snapshot: false, recovered: false });
  handle();
  const { counts, running, received } = await server.released();
  expect([counts, running]).toEqual([{}, []]);
  // More than one each if a busy machine answered a heartbeat too late.
  expect(received["bars.unsubscribe"]).toBe(received["bars.subscribe"]);
});

test("builds the same topics as Python, with null and non-ASCII text", async () => {
  const watched = { symbols: ["Ærø", "😀", 'q"uote'], fast_symbols: [] };
  const handles = [
    client.subscribe(executions, { accountId: "TEST-001", symbol: null }, () => {}),
    client.subscribe(quotes, watched, () => {}),
  ];
  await Promise.all(handles.map(({ ready }) => ready));
  const { running } = await server.state();
  expect(running).toEqual(handles.map(({ topic }) => topic));
  expect(running[0]).toBe('executions:{"accountId":"TEST-001","symbol":""}');
  for (const handle of handles) handle();
  expect((await server.released()).running).toEqual([]);
});

test("reconnects after a close, and reports a gap", async () => {
  const { handle, count } = listen();
  await handle.ready;
  await server.publish(TOPIC, { ...BAR, close: 1 });
  await count(1);
  await server.disconnect();
  const gap = { topic: TOPIC, reason: "no_positions", snapshot: false, before: undefined, after: undefined };
  expect(await count(2)).toEqual([1, gap]);
  await server.publish(TOPIC, { ...BAR, close: 2 });
  expect(await count(3)).toEqual([1, gap, 2]);
  handle();
  // The legacy server does not subtract the subscribes of a lost connection: one of the two is left.
  expect(await server.received("bars.unsubscribe", 1)).toMatchObject({ counts: { [TOPIC]: 1 }, connected: 2, open: 1 });
});

test("keeps an idle connection alive for ten intervals, and unsubscribes as often as it subscribed", async () => {
  const { handle, count } = listen();
  await handle.ready;
  // One per half interval, after the first subscribe.
  const beats = 20;
  const { received, counts } = await server.received("bars.subscribe", 1 + beats);
  expect(counts).toEqual({ [TOPIC]: received["bars.subscribe"] });
  await server.publish(TOPIC, { ...BAR, close: 1 });
  // Neither a gap nor a second connection.
  expect(await count(1)).toEqual([1]);
  handle();
  const state = await server.released();
  expect(state).toMatchObject({ counts: {}, running: [], connected: 1, open: 1 });
  expect(state.received["bars.unsubscribe"]).toBe(state.received["bars.subscribe"]);
});
