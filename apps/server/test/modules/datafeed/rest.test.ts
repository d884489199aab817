import type { Bar, OkQuote, Trade } from "@trading/topic";
import { createRest, type RestError } from "@trading/ws-client/rest";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import type { Instrument } from "../../../src/modules/datafeed/market-source.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { SimulatedSource } from "../../../src/modules/datafeed/sources/simulated/source.js";
import { getJson, startApp } from "../../helpers.js";
import { until } from "../../until.js";
import { ACME, TapeSource } from "./tape-source.js";

const NOW = Date.UTC(2026, 10, 25, 14, 59, 58, 500);
const MINUTE = 60_000;

async function serve(datafeed: Datafeed, clock = new ManualClock(NOW)) {
  const { http } = await startApp(datafeed, clock);
  return { http, rest: createRest({ baseUrl: `${http}/api/v1`, timeoutMs: 0 }) };
}

const simulated = (clock = new ManualClock(NOW)) => new Datafeed(new SimulatedSource("1", clock));

/** Returns a datafeed with one bar per minute from minute 0 on, except from 10 to 19, when the market was closed. */
function withGap() {
  const source = new TapeSource(["1"]);
  const minutes = Array.from({ length: 30 }, (_, minute) => minute).filter((minute) => minute < 10 || minute >= 20);
  source.happen(...minutes.map((minute) => ({ time: minute * MINUTE, price: minute + 1, qty: 1, side: 1 as const })));
  return new Datafeed(source);
}

describe("config, search and resolve", () => {
  test("config has the members that the charting library expects", async () => {
    const { rest } = await serve(simulated());
    expect(await rest.config()).toEqual({
      supported_resolutions: ["1", "5", "15", "30", "60", "1D", "1W", "1M"],
      exchanges: ["", "COINBASE", "NASDAQ", "NYSE Arca"].map((value) => expect.objectContaining({ value })),
      symbols_types: [
        { name: "All types", value: "" },
        { name: "Crypto", value: "crypto" },
        { name: "Stock", value: "stock" },
      ],
      supports_marks: false,
      supports_time: true,
    });
  });

  test("time is the server's clock", async () => {
    const clock = new ManualClock(NOW);
    const { rest } = await serve(simulated(clock), clock);
    expect(await rest.time()).toEqual({ time: NOW });
  });

  test.each([
    ["", "", "", ["AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA", "NFLX", "SPY", "BTCUSD"]],
    // Symbols that begin with the query come first.
    ["a", "", "", ["AAPL", "AMZN", "MSFT", "GOOGL", "NVDA", "META", "TSLA", "BTCUSD"]],
    [" Meta ", "", "", ["META"]],
    ["inc.", "NASDAQ", "stock", ["AAPL", "GOOGL", "AMZN", "META", "TSLA", "NFLX"]],
    ["", "", "crypto", ["BTCUSD"]],
    ["aapl", "COINBASE", "", []],
  ])("search finds %j at %j of %j", async (query, exchange, type, symbols) => {
    const { rest } = await serve(simulated());
    const found = await rest.search({ query, exchange, type });
    expect(found.slice(0, symbols.length).map(({ symbol }) => symbol)).toEqual(symbols);
  });

  test("search returns at most fifty symbols", async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ ...ACME, symbol: `A${index}` }));
    const { rest } = await serve(new Datafeed(new TapeSource(["1"], many)));
    expect(await rest.search({ query: "a", exchange: "", type: "" })).toHaveLength(50);
  });

  test.each([
    ["AAPL", { name: "AAPL", pricescale: 100, minmov: 1, volume_precision: 0, type: "stock" }],
    ["NASDAQ:AAPL", { name: "AAPL", ticker: "AAPL", exchange: "NASDAQ", session: "24x7", timezone: "Etc/UTC" }],
    ["BTCUSD", { pricescale: 100, volume_precision: 3, currency_code: "USD", has_intraday: true, has_daily: true }],
  ])("resolve returns %s", async (name, info) => {
    const { rest } = await serve(simulated());
    expect(await rest.resolve(name)).toMatchObject(info);
  });

  test.each([
    [0.25, 25, 100],
    [0.00000001, 1, 100_000_000],
    [5, 5, 1],
    [0.0001, 1, 10_000],
  ])("resolve returns a price step of %d as minmov %d of pricescale %d", async (priceStep, minmov, pricescale) => {
    const odd: Instrument = {
      ...ACME,
      symbol: "A/B C:é",
      priceStep,
      session: "0930-1600",
      timezone: "America/New_York",
    };
    const { rest } = await serve(new Datafeed(new TapeSource(["D"], [odd])));
    expect(await rest.resolve("A/B C:é")).toMatchObject({
      minmov,
      pricescale,
      session: "0930-1600",
      timezone: "America/New_York",
      has_intraday: false,
      supported_resolutions: ["1D", "1W", "1M"],
    });
  });

  test.each(["NOPE", "NYSE:AAPL", "__proto__"])("resolve rejects %s", async (name) => {
    const { rest } = await serve(simulated());
    await expect(rest.resolve(name)).rejects.toMatchObject({
      status: 404,
      code: "unknown_symbol",
    } as Partial<RestError>);
  });
});

describe("bars", () => {
  const times = ({ bars }: { readonly bars: readonly Bar[] }) => bars.map(({ time }) => time / MINUTE);
  const query = (from: number, to: number, countBack: number) => ({
    symbol: "ACME",
    resolution: "1" as const,
    from: from * MINUTE,
    to: to * MINUTE,
    countBack,
  });

  test.each([
    // The bars of the period; `to` is exclusive.
    [
      [3, 6, 1],
      [3, 4, 5],
    ],
    // countBack bars, also from before the period.
    [
      [5, 6, 3],
      [3, 4, 5],
    ],
    [
      [20, 22, 4],
      [8, 9, 20, 21],
    ],
    [
      [12, 15, 2],
      [8, 9],
    ],
    [
      [0, 2, 9],
      [0, 1],
    ],
    // Up to the current bar.
    [
      [28, 99, 1],
      [28, 29],
    ],
  ])("of %j are the bars of minutes %j", async ([from, to, countBack], minutes) => {
    const { rest } = await serve(withGap());
    const reply = await rest.bars(query(from!, to!, countBack!));
    expect(times(reply)).toEqual(minutes);
    expect(reply).not.toHaveProperty("nextTime");
  });

  test.each([
    [[12, 15, 0], 9],
    [[-1, 0, 0], null],
    [[0, 0, 5], null],
  ])("of %j are empty, and nextTime is minute %j", async ([from, to, countBack], minute) => {
    const { rest } = await serve(withGap());
    const reply = await rest.bars(query(from!, to!, countBack!));
    expect(reply).toEqual({ bars: [], nextTime: minute === null ? null : minute * MINUTE });
  });

  test("are the newest five thousand at most", async () => {
    const { rest } = await serve(simulated());
    const { bars } = await rest.bars({ symbol: "AAPL", resolution: "1", from: 0, to: NOW, countBack: 900_000 });
    expect(bars).toHaveLength(5_000);
    expect(bars.at(-1)?.time).toBe(NOW - (NOW % MINUTE));
    expect(bars[0]?.time).toBe(NOW - (NOW % MINUTE) - 4_999 * MINUTE);
  });

  test.each([
    ["symbol=NOPE&resolution=1", 404, 'Unknown symbol "NOPE". Available symbols: ACME.'],
    ["resolution=1", 400, "Missing symbol: expected a symbol of 1 to 64 characters, such as AAPL."],
    [`symbol=${"A".repeat(65)}&resolution=1`, 400, "expected a symbol of 1 to 64 characters, such as AAPL."],
    ["symbol=ACME&resolution=2", 400, 'Invalid resolution "2": expected one of 1 5 15 30 60 D W M.'],
    [
      "symbol=ACME&resolution=1&to=now",
      400,
      'Invalid to "now": expected Unix milliseconds from -8640000000000000 to 8640000000000000.',
    ],
    ["symbol=ACME&resolution=1&from=1e3", 400, 'Invalid from "1e3": expected Unix milliseconds'],
    ["symbol=ACME&resolution=1&countBack=x", 400, 'Invalid countBack "x": expected a whole number from 0 to 1000000.'],
    ["symbol=ACME&symbol=MSFT&resolution=1", 400, "Invalid symbol (a list): expected a symbol of 1 to 64 characters"],
  ])("rejects ?%s with a message that states the expected value", async (search, status, message) => {
    const { http } = await serve(withGap());
    const reply = await getJson<{ detail: string }>(`${http}/api/v1/datafeed/bars?${search}`);
    expect(reply.status).toBe(status);
    expect(reply.body.detail).toContain(message);
  });
});

describe("a list of quotes", () => {
  const post = (http: string, symbols: readonly string[]) =>
    getJson<{ code: string }>(`${http}/api/v1/datafeed/quotes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ symbols }),
    });

  test("with more than fifty unknown or repeated symbols is rejected", async () => {
    const { http } = await serve(new Datafeed(new TapeSource(["1"])));
    const unknown = Array.from({ length: 51 }, (_, index) => `X${index}`);
    expect(await post(http, unknown)).toMatchObject({ status: 400, body: { code: "too_many_unknown_symbols" } });
    expect(await post(http, new Array(52).fill("ACME"))).toMatchObject({ status: 400 });
    expect((await post(http, [...unknown.slice(1), "ACME"])).status).toBe(200);
  });
});

test("a history waits while four others are loaded, and is refused with 503 when too many wait", async () => {
  const source = new TapeSource(["1"]);
  source.happen({ time: 0, price: 1, qty: 1, side: 1 });
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  source.before = () => gate;
  const { http } = await serve(new Datafeed(source));
  const statuses: number[] = [];
  const replies = Array.from({ length: 210 }, async () => {
    const { status, body } = await getJson<{ code?: string }>(`${http}/api/v1/datafeed/bars?symbol=ACME&resolution=1`);
    statuses.push(status);
    if (status !== 200) expect(body.code).toBe("busy");
  });
  await until(() => statuses.length === 6);
  expect(source.histories).toBe(4);
  open();
  await Promise.all(replies);
  expect(statuses).toEqual([...new Array(6).fill(503), ...new Array(204).fill(200)]);
});

test("a bar of a source with an invalid member is an internal error, not an invalid document", async () => {
  const source = new TapeSource(["1"]);
  const invalid = { time: 0, open: 1, high: 1, low: 1, close: "x" as unknown as number, volume: 1 };
  source.history = async () => ({ bars: [invalid], through: 0 });
  const { http } = await serve(new Datafeed(source));
  expect((await getJson(`${http}/api/v1/datafeed/bars?symbol=ACME&resolution=1`)).status).toBe(500);
});

describe("quotes", () => {
  test("are the current ones in the requested order, even if some symbols are unknown", async () => {
    const clock = new ManualClock(NOW);
    const datafeed = simulated(clock);
    const { rest } = await serve(datafeed, clock);
    const quotes = await rest.quotes(["MSFT", "NOPE", "AAPL", "MSFT"]);
    expect(quotes.map(({ s, n }) => [s, n])).toEqual([
      ["ok", "MSFT"],
      ["error", "NOPE"],
      ["ok", "AAPL"],
      ["ok", "MSFT"],
    ]);
    const [bar] = await datafeed.history({ symbol: "AAPL", resolution: "1", to: undefined, countBack: 1 });
    expect((quotes[2] as OkQuote).v.lp).toBe(bar?.close);
    expect([datafeed.watched, clock.pending]).toEqual([[], 0]);
    expect(await rest.quotes([])).toEqual([]);
  });

  test("of a symbol without trades are an error", async () => {
    const { rest } = await serve(new Datafeed(new TapeSource(["1"])));
    expect(await rest.quotes(["ACME"])).toEqual([{ s: "error", n: "ACME", v: { message: "No trades of ACME yet." } }]);
  });

  test.each([
    [{ symbols: Array(501).fill("AAPL") }, "Invalid symbols (a list): expected at most 500 symbols."],
    [{ symbols: [""] }, 'Invalid symbols.0 "": expected a symbol of 1 to 64 characters'],
    [{}, "Missing symbols"],
  ])("rejects %.40j", async (body, message) => {
    const { http } = await serve(simulated());
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${http}/api/v1/datafeed/quotes`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toContain(message);
  });
});

describe("the last trades", () => {
  test("are those before the request, oldest first, with the ids of the stream", async () => {
    const clock = new ManualClock(NOW);
    const datafeed = simulated(clock);
    const { rest } = await serve(datafeed, clock);
    const streamed: Trade[] = [];
    const stop = await datafeed.watchTrades("AAPL", { onValue: (trade) => streamed.push(trade) });
    clock.advance(3_000);
    const { trades } = await rest.trades({ symbol: "AAPL", limit: 5 });
    expect(streamed).toHaveLength(3);
    expect(trades.slice(-3)).toEqual(streamed);
    expect(trades.map(({ time }) => NOW + 2_500 - time)).toEqual([4_000, 3_000, 2_000, 1_000, 0]);
    expect((await rest.trades({ symbol: "AAPL" })).trades).toHaveLength(100);
    stop();
    expect([datafeed.watched, clock.pending]).toEqual([[], 0]);
  });

  test("of a day that has just begun are not those of the day before", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 26, 0, 0, 2));
    const { rest } = await serve(simulated(clock), clock);
    expect((await rest.trades({ symbol: "AAPL" })).trades.map(({ time }) => clock.now() - time)).toEqual([1_000, 0]);
  });

  test.each([
    ["symbol=AAPL&limit=0", 400, "limit"],
    ["symbol=AAPL&limit=101", 400, "limit"],
    ["symbol=NOPE", 404, "Unknown symbol"],
    ["", 400, "symbol"],
  ])("rejects %j", async (query, status, message) => {
    const { http } = await serve(simulated());
    const reply = await getJson<{ detail: string }>(`${http}/api/v1/datafeed/trades?${query}`);
    expect(reply.status).toBe(status);
    expect(reply.body.detail).toContain(message);
  });
});
