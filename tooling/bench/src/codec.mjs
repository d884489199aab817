import { deflateRawSync } from "node:zlib";
import { bars, orderbook, orders, quotes } from "@trading/topic";
import { compact } from "@trading/ws-client/compact";
import { compactCodec, jsonCodec } from "@trading/ws-server";
import { wsServer, wsServerCompact, wsServerDeflate } from "./contenders.mjs";
import { measure } from "./measure.mjs";
import { calibrated, costOf, startAll, withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";

const SHAPES = [
  { title: "A: one topic, 10 updates per turn", topics: 1, each: 1, stride: 1, updates: 10 },
  { title: "B: 500 topics, 20 per connection, 200 updates per turn", topics: 500, each: 20, stride: 25, updates: 200 },
];

const SYMBOLS = Array.from({ length: 50 }, (_, index) => `NASDAQ:SYM${index}`);

/** A topic and its updates, of which the `number`th is always the same. @type {{ name: string, route: any, params: object, updateOf: (number: number) => object }[]} */
const TOPICS = [
  { name: "bar", route: bars, params: { symbol: "NASDAQ:AAPL", resolution: "1" }, updateOf: barOf },
  { name: "quote, of a list of 50", route: quotes, params: { symbols: SYMBOLS, fast_symbols: [] }, updateOf: quoteOf },
  {
    name: "order book, 20 levels",
    route: orderbook,
    params: { symbol: "NASDAQ:AAPL", depth: 20 },
    updateOf: bookOf,
  },
  { name: "order", route: orders, params: { accountId: "ACC-000123" }, updateOf: orderOf },
];

/** Measures the bytes of an update, and the CPU time to encode, deliver and read it. @type {import("./main.mjs").Part} */
export async function codec({ quick, showProgress }) {
  /** @type {import("./report.mjs").Findings["tables"]} */
  const tables = [frames(quick, showProgress)];
  for (const shape of SHAPES) tables.push(await deliveries(shape, quick, showProgress));
  return { tables };
}

/** @param {boolean} quick @param {(step: string) => void} showProgress */
function frames(quick, showProgress) {
  const rows = TOPICS.flatMap(({ name, route, params, updateOf }) => {
    showProgress(`frames: ${name}`);
    const topic = route.buildTopic(params);
    const updates = Array.from({ length: 200 }, (_, number) => updateOf(number));
    const json = jsonCodec.updates(route.name, topic);
    const both = compactCodec().updates(route.name, topic, route.update);
    const client = compact();
    const payload = { status: "ok", message: "", topic, compact: both.compact };
    client.parse(JSON.stringify({ type: `${route.name}.subscribe.response`, payload }));
    const usual = updates.map((update, number) => json.frame(number + 1, json.body(update)).text);
    const short = updates.map((update, number) => both.frame(number + 1, both.body(update)).compact.text);
    let at = 0;
    const next = () => (at = (at + 1) % updates.length);
    const calls = {
      encode: () => json.frame(next() + 1, json.body(updates[at])).wire,
      encodeCompact: () => both.frame(next() + 1, both.body(updates[at])).compact.wire,
      read: () => JSON.parse(usual[next()]),
      readCompact: () => client.parse(short[next()]),
    };
    const [rounds, roundMs, warmUpCalls] = quick ? [1, 2, 200] : [100, 2, 20_000];
    // The lowest of many short rounds: on a busy machine, most of them are interrupted.
    const costs = measure(calls, { rounds, roundMs, warmUpCalls, summary: (samples) => Math.min(...samples) });
    const us = (/** @type {keyof typeof calls} */ call) => `${((costs.get(call) ?? 0) / 1_000).toFixed(1)} µs`;
    // A call costs a hundred times as much, so it needs fewer.
    const deflate = `${(median(usual.map(deflateTime)) / 1_000).toFixed(0)} µs`;
    return [
      [name, "JSON", bytesOf(usual), us("encode"), us("read")],
      ["", "JSON, compressed", bytesOf(usual.map(deflated)), `${us("encode")} + ${deflate} a connection`, ""],
      ["", "compact", bytesOf(short), us("encodeCompact"), us("readCompact")],
      ["", "compact, compressed", bytesOf(short.map(deflated)), "", ""],
    ];
  });
  return {
    title:
      "One update: bytes without the WebSocket header, CPU time to encode it on the server and to read it in the client",
    head: ["update", "form", "bytes", "encode", "read"],
    rows,
    note: "Compressed as permessage-deflate without context takeover does. The server compresses frames of at least 1,024 bytes only.",
  };
}

/** @param {(typeof SHAPES)[number]} shape @param {boolean} quick @param {(step: string) => void} showProgress */
function deliveries({ title, topics, each, stride, updates }, quick, showProgress) {
  const [connections, rounds, cpuMs, warmUp] = quick ? [50, 1, 20, 1_000] : [1_000, 5, 250];
  const turns = { turns: 0, topics, updates };
  const deliveries = (updates * connections * each) / topics;
  return withSides(async (open) => {
    const contenders = [wsServer, wsServerCompact, wsServerDeflate];
    const runs = await startAll(contenders, quick, async (contender) => {
      showProgress(`${title[0]}: warming up ${contender.name}`);
      const server = await open.server(contender);
      const sides = { server, loader: await open.loader(server, { connections, topics, each, stride }) };
      const { turns: wanted } = await calibrated(sides, turns, deliveries, cpuMs, warmUp);
      return { contender, sides, turns: wanted, costs: /** @type {number[]} */ ([]), frameBytes: 0 };
    });
    for (let round = 1; round <= rounds; round++) {
      for (const run of runs) {
        showProgress(`${title[0]}: round ${round} of ${rounds}, ${run.contender.name}`);
        const { costUs, bytes, frames } = await costOf(run.sides, run.turns, deliveries);
        run.costs.push(costUs);
        run.frameBytes = bytes / frames;
      }
    }
    const json = runs[0].costs;
    return {
      title: `${title} (${connections.toLocaleString("en")} connections)`,
      head: ["server", "CPU s per million deliveries", "× JSON", "bytes per frame"],
      rows: runs.map(({ contender, costs, frameBytes }) => [
        contender.name,
        median(costs).toFixed(2),
        medianRatio(costs, json).toFixed(2),
        frameBytes.toFixed(0),
      ]),
    };
  });
}

/** @param {readonly (string | Buffer)[]} texts */
function bytesOf(texts) {
  return (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length).toFixed(0);
}

/** Returns the payload of a compressed frame, which ends without the last four bytes (RFC 7692, section 7.2.1). @param {string} text */
function deflated(text) {
  return deflateRawSync(text).subarray(0, -4);
}

/** Returns the nanoseconds to compress a frame. @param {string} text */
function deflateTime(text) {
  const start = process.hrtime.bigint();
  deflateRawSync(text);
  return Number(process.hrtime.bigint() - start);
}

/** Returns a price with two decimals, different for each number. @param {number} number @param {number} distance */
function priceOf(number, distance = 0) {
  return Math.round(15_000 + ((number * 37) % 500) + distance) / 100;
}

/** @param {number} number */
function barOf(number) {
  const [open, high, low, close] = [0, 85, -60, 20].map((distance) => priceOf(number, distance));
  return { time: 1_700_000_000_000 + number * 60_000, open, high, low, close, volume: 100_000 + number * 977 };
}

/** @param {number} number */
function quoteOf(number) {
  const symbol = `SYM${number % 50}`;
  const at = (/** @type {number} */ distance) => priceOf(number, distance);
  return {
    s: "ok",
    n: `NASDAQ:${symbol}`,
    v: {
      lp: at(0),
      ask: at(1),
      bid: at(-1),
      spread: 0.02,
      open_price: at(120),
      high_price: at(210),
      low_price: at(-180),
      prev_close_price: at(-90),
      volume: 1_000_000 + number * 977,
      ch: 0.9,
      chp: 0.6,
      short_name: symbol,
      exchange: "NASDAQ",
      description: `Symbol Number ${number % 50} Inc.`,
      original_name: `NASDAQ:${symbol}`,
    },
  };
}

/** @param {number} number */
function bookOf(number) {
  const levels = (/** @type {1 | -1} */ side) =>
    Array.from({ length: 20 }, (_, level) => ({
      price: priceOf(number, side * (level + 1)),
      qty: 100 + ((number * 31 + level * 17) % 900),
    }));
  return { time: 1_700_000_000_000 + number * 7, bids: levels(-1), asks: levels(1) };
}

/** @param {number} number */
function orderOf(number) {
  const order = { id: `o-${10_000 + number}`, symbol: "AAPL", type: 1, side: 1, qty: 100, status: 6 };
  return { ...order, limitPrice: priceOf(number), filledQty: 0, updateTime: 1_700_000_000_000 + number * 50 };
}
