import { bars, type Trade, trades } from "@trading/topic";
import { compactCodec, createServer, defineModule, serve } from "@trading/ws-server";
import { ClusterPubSub, MemoryHub } from "@trading/ws-server/cluster";
import { RecordingLogger, ScriptedSource } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { compact } from "../../src/compact/index.js";
import { type ClientError, createClient } from "../../src/index.js";

const SYMBOL = { symbol: "AAPL" };
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const ROUNDS = 4;

/** Starts two servers of a cluster. The first one that gets a topic runs its source. */
async function startCluster() {
  const hub = new MemoryHub();
  return Promise.all(
    [0, 1].map(async () => {
      const logger = new RecordingLogger();
      const pubSub = new ClusterPubSub({ bus: hub.connect(), logger });
      const sources = { bars: new ScriptedSource(), trades: new ScriptedSource() };
      const routes = [serve(bars, sources.bars), serve(trades, sources.trades)];
      const modules = [defineModule({ name: "datafeed", version: "1", routes })];
      const server = createServer({ title: "", version: "", modules, logger, pubSub, codec: compactCodec() });
      onTestFinished(async () => {
        await server.close();
        await pubSub.close();
      });
      const { url } = await server.listen();
      return { server, sources, url };
    }),
  );
}

/** Connects a client that records its updates and its frames. */
function connect(url: string, isCompact: boolean) {
  const errors: ClientError[] = [];
  const seen = { trades: [] as Trade[], bars: [] as unknown[], frames: 0, compactFrames: 0, resumes: 0 };
  const codec = isCompact ? { codec: compact() } : {};
  const client = createClient({ url, WebSocket, ...codec, random: () => 0, onError: (error) => errors.push(error) });
  onTestFinished(() => client.close());
  client.tap((event) => {
    if (event.kind !== "received") return;
    seen.frames++;
    if (event.frame.startsWith("[")) seen.compactFrames++;
  });
  client.onResume(({ recovered }) => {
    if (recovered) seen.resumes++;
  });
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const handles = [
    client.subscribe(trades, SYMBOL, (trade) => {
      seen.trades.push(trade);
      wake();
    }),
    client.subscribe(bars, AAPL, (bar) => {
      seen.bars.push(bar);
      wake();
    }),
  ];
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return { client, seen, errors, until, ready: () => Promise.all(handles.map(({ ready }) => ready)) };
}

test("clients of JSON and of compact updates see the same values on two servers, across reconnects", async () => {
  const [one, other] = await startCluster();
  if (!one || !other) throw new Error("expected two servers");
  const first = connect(one.url, true);
  await first.ready();
  const clients = [first, connect(one.url, false), connect(other.url, true), connect(other.url, false)];
  await Promise.all(clients.map(({ ready }) => ready()));
  let count = 0;
  const publish = () => {
    for (let round = 0; round < 5; round++) {
      count++;
      const price = 100 + count / 3;
      one.sources.trades.publish(
        { id: `"${count}\ud800`, time: count, price, qty: count * 1e-7, side: 1 },
        trades.buildTopic(SYMBOL),
      );
      one.sources.bars.publish(
        {
          time: count,
          open: price,
          high: 1e21,
          low: 0.1 + 0.2,
          close: 5e-324,
          volume: Number.MAX_SAFE_INTEGER - count,
        },
        bars.buildTopic(AAPL),
      );
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    publish();
    await Promise.all(
      clients.map(({ until, seen }) => until(() => seen.trades.length === count && seen.bars.length === count)),
    );
    if (round === ROUNDS - 1) break;
    // 4201: the clients reconnect immediately, and resume what they miss meanwhile.
    for (const { server } of [one, other]) {
      for (const connection of server.connections) connection.close({ code: 4201, reason: "" });
    }
    publish();
  }
  for (const { seen, errors } of clients) {
    expect(errors).toEqual([]);
    expect(seen.trades).toEqual(first.seen.trades);
    expect(seen.bars).toEqual(first.seen.bars);
    expect(seen.resumes).toBe(2 * (ROUNDS - 1));
  }
  expect(first.seen.trades.map(({ time }) => time)).toEqual(
    Array.from({ length: count }, (_value, index) => index + 1),
  );
  const compactFrames = clients.map(({ seen }) => seen.compactFrames);
  expect(compactFrames).toEqual([2 * count, 0, 2 * count, 0]);
});
