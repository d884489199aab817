import { quotes, trades } from "@trading/topic";
import { createClient, type Gap } from "@trading/ws-client";
import { createServer, defineModule, serve } from "@trading/ws-server";
import { RecordingLogger, ScriptedSource } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { type Fault, FaultProxy } from "../src/index.js";

const FAULTS = Number(process.env.CHAOS_FAULTS ?? 200);
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31);

/** Mulberry32: small, seeded, and good enough to choose faults by. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function faultOf(random: () => number): Fault {
  const below = (bound: number) => Math.floor(random() * bound);
  const towards = (["client", "server", undefined] as const)[below(3)];
  const side = towards && { towards };
  switch (below(7)) {
    case 0:
      return { does: "delay", ms: below(20), ...side };
    case 1:
      return { does: "cut", afterBytes: below(4_000), by: "RST", ...side };
    case 2:
      return { does: "cut", afterBytes: below(4_000), by: "FIN", ...side };
    case 3:
      return { does: "black hole", ...side };
    case 4:
      return { does: "half-close", towards: towards ?? "client" };
    case 5:
      return { does: "byte by byte", ...side };
    default:
      return { does: "hold", ...side };
  }
}

const TRADES = 'trades:{"symbol":"AAPL"}';
const SYMBOLS = ["A", "B", "C"];
const QUOTES = `quotes:{"fast_symbols":[],"symbols":${JSON.stringify(SYMBOLS)}}`;

function quote(n: string, lp: number) {
  const prices = { ask: 1, bid: 1, spread: 0, open_price: 1, high_price: 1, low_price: 1, prev_close_price: 1 };
  const names = { short_name: n, exchange: "X", description: n, original_name: n };
  return { s: "ok" as const, n, v: { lp, volume: 1, ch: 0, chp: 0, ...prices, ...names } };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test(`${FAULTS} faults of the network lose, repeat and reorder nothing, and leave no state behind`, {
  timeout: 600_000,
}, async () => {
  console.log(`chaos: seed ${SEED}`);
  const random = randomOf(SEED);
  const tape = new ScriptedSource<
    { symbol: string },
    { id: string; time: number; price: number; qty: number; side: 1 | -1 }
  >();
  const board = new ScriptedSource<{ symbols: string[]; fast_symbols: string[] }, ReturnType<typeof quote>>();
  const modules = [
    defineModule({ name: "datafeed", version: "1", routes: [serve(trades, tape), serve(quotes, board)] }),
  ];
  const server = createServer({
    title: "Test",
    version: "1",
    modules,
    logger: new RecordingLogger(),
    heartbeatIntervalMs: 1_000,
  });
  const { port } = await server.listen();
  const proxy = await FaultProxy.listen({ targetPort: port });
  const client = createClient({
    url: `ws://127.0.0.1:${proxy.port}/api/v1/ws`,
    WebSocket,
    backoffInitialMs: 5,
    backoffMaxMs: 50,
    connectTimeoutMs: 500,
    random,
    onError: () => {},
  });
  onTestFinished(async () => {
    client.close();
    await server.close({ drainMs: 0 });
    await proxy.close();
  });

  let connections = 0;
  client.onState(({ status }) => {
    if (status === "connected") connections += 1;
  });
  const gaps: Gap[] = [];
  const taped: number[] = [];
  const wrong: string[] = [];
  let state = new Map<string, number>();
  let offset = 0;
  let wake = () => {};
  client.subscribe(
    trades,
    { symbol: "AAPL" },
    {
      onUpdate: ({ price }) => {
        taped.push(price);
        wake();
      },
      onGap: (gap) => gaps.push(gap),
    },
  );
  const watch = client.subscribe(
    quotes,
    { symbols: SYMBOLS, fast_symbols: [] },
    {
      onUpdate: (update, meta) => {
        if (meta.offset !== undefined && meta.offset <= offset) wrong.push(`quote ${meta.offset} after ${offset}`);
        offset = meta.offset ?? 0;
        if (update.s === "ok") state.set(update.n, update.v.lp);
        wake();
      },
      onGap: (gap) => {
        gaps.push(gap);
        if (gap.snapshot) state = new Map();
      },
    },
  );
  await watch.ready;

  let published = 0;
  const last = new Map<string, number>();
  const publish = () => {
    published += 1;
    tape.publish({ id: String(published), time: published, price: published, qty: 1, side: 1 }, TRADES);
    const n = SYMBOLS[Math.floor(random() * SYMBOLS.length)] as string;
    board.publish(quote(n, published), QUOTES);
    last.set(n, published);
  };
  const isSettled = () => taped.at(-1) === published && [...last].every(([n, lp]) => state.get(n) === lp);

  const kinds = new Map<string, number>();
  for (let done = 0; done < FAULTS; done++) {
    const fault = faultOf(random);
    kinds.set(fault.does, (kinds.get(fault.does) ?? 0) + 1);
    if (proxy.inflict(fault) === 0) proxy.arm(fault);
    for (let count = Math.floor(random() * 30) + 1; count > 0; count--) {
      publish();
      if (random() < 0.3) await turn();
    }
    if (random() < 0.5) continue;
    await proxy.heal();
    while (!isSettled()) await new Promise<void>((resolve) => (wake = resolve));
  }
  await proxy.heal();
  while (!isSettled()) await new Promise<void>((resolve) => (wake = resolve));

  const lost = published - new Set(taped).size;
  const repeated = taped.length - new Set(taped).size;
  const reordered = taped.filter((price, at) => at > 0 && price < (taped[at - 1] as number)).length;
  console.log(
    `chaos: ${FAULTS} faults (${[...kinds].map(([does, count]) => `${does} ${count}`).join(", ")}), ${connections} connections, seed ${SEED}\n` +
      `  log: ${published} updates, ${lost} lost, ${repeated} repeated, ${reordered} reordered\n` +
      `  keyed: ${published} updates, ${wrong.length} out of order, state exact; gaps told: ${gaps.length}`,
  );
  // Faults that break nothing prove nothing.
  expect(connections).toBeGreaterThan(FAULTS / 10);
  expect([lost, repeated, reordered, wrong, gaps]).toEqual([0, 0, 0, [], []]);
});
