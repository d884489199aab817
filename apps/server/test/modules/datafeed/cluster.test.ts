import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bar, QuoteData } from "@trading/topic";
import { createRest } from "@trading/ws-client/rest";
import { systemClock, systemRandom } from "@trading/ws-server";
import { ClusterPubSub, MemoryHub } from "@trading/ws-server/cluster";
import { MemoryClient } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../../src/app.js";
import { accessByClaims } from "../../../src/auth/access.js";
import { parseEnv } from "../../../src/config/env.js";
import type { MarketListener, MarketSource, Trade } from "../../../src/modules/datafeed/market-source.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { createModules } from "../../../src/modules/index.js";
import { getJson, silent } from "../../helpers.js";
import { until } from "../../until.js";
import { ACME, barsOf } from "./tape-source.js";

const SYMBOLS = ["ACME", "APEX", "ATOM"] as const;
/** Durations that are short, so that a test need not wait for them. */
const TIMINGS = { staleMs: 600, aliveMs: 100, interestMs: 1_200, retryMs: 100, graceMs: 200, holdMs: 200 };

/** A market to which each server has its own connection. */
class SharedMarket {
  readonly trades = new Map<string, Trade[]>(SYMBOLS.map((symbol) => [symbol, []]));
  readonly sources: ServerSource[] = [];
  #time = Date.UTC(2026, 10, 25, 14);

  trade(symbol: string, price: number): void {
    const trade = { time: ++this.#time, price, qty: 1, side: 1 } as const;
    this.trades.get(symbol)?.push(trade);
    for (const { listeners } of this.sources) {
      for (const listener of listeners.get(symbol) ?? []) listener.onTick({ trades: [trade] });
    }
  }

  /** Numbers of the upstream feeds that are open, by symbol. */
  get open(): Record<string, number> {
    const count = (symbol: string) =>
      this.sources.reduce((sum, { listeners }) => sum + (listeners.get(symbol)?.size ?? 0), 0);
    return Object.fromEntries(SYMBOLS.map((symbol) => [symbol, count(symbol)]));
  }
}

/** One server's connection to the market. Its history can be late. */
class ServerSource implements MarketSource {
  readonly instruments = new Map(SYMBOLS.map((symbol) => [symbol as string, { ...ACME, symbol }]));
  readonly resolutions = ["1"] as const;
  readonly description = "a shared market";
  readonly listeners = new Map<string, Set<MarketListener>>();
  starts = 0;
  /** Trades that its history does not contain yet. */
  missing = 0;
  readonly #market: SharedMarket;

  constructor(market: SharedMarket) {
    this.#market = market;
    market.sources.push(this);
  }

  async history({ symbol, to, countBack }: Parameters<MarketSource["history"]>[0]) {
    const trades = this.#market.trades.get(symbol) ?? [];
    const known = trades.slice(0, trades.length - this.missing);
    const bars = barsOf(known, "1").filter(({ time }) => to === undefined || time < to);
    return { bars: bars.slice(-countBack), through: known.at(-1)?.time ?? Number.NEGATIVE_INFINITY };
  }

  watch(symbol: string, listener: MarketListener): () => void {
    this.starts++;
    const listeners = this.listeners.get(symbol) ?? new Set();
    this.listeners.set(symbol, listeners.add(listener));
    return () => void listeners.delete(listener);
  }
}

function startCluster() {
  const market = new SharedMarket();
  for (const [index, symbol] of SYMBOLS.entries()) market.trade(symbol, 100 * (index + 1));
  const hub = new MemoryHub({ lifetimeMs: 400 });
  return { market, start: (options?: ServerSettings) => startServer(hub, market, options) };
}

interface ServerSettings {
  readonly ownsTopics?: boolean;
  /** The directory of the broker's store. @default no broker */
  readonly brokerDirectory?: string;
}

/** Starts the reference server with its datafeed as a node of a cluster. A token is the id of the account to which it gives access. */
async function startServer(
  hub: MemoryHub,
  market: SharedMarket,
  { ownsTopics = true, brokerDirectory }: ServerSettings = {},
) {
  const bus = hub.connect();
  const pubSub = new ClusterPubSub({ bus, ownsTopics, logger: silent, timings: TIMINGS });
  const source = new ServerSource(market);
  const datafeed = new Datafeed(source);
  const services = { clock: systemClock, random: systemRandom, logger: silent };
  const context = { ...services, env: parseEnv({}), datafeed, dataDirectory: brokerDirectory, cluster: pubSub };
  const modules = await createModules(brokerDirectory === undefined ? ["datafeed"] : ["datafeed", "broker"], context);
  const streaming = { pubSub, lingerMs: 0, heartbeatIntervalMs: 0 };
  const access = accessByClaims((token) => ({ subject: token, claims: { accounts: [token] } }));
  const app = await createApp({ modules, access, clock: systemClock, logger: silent, streaming });
  const port = await app.listen(0, "127.0.0.1");
  const close = async () => {
    await app.close();
    await pubSub.close();
    await datafeed.close();
  };
  onTestFinished(close);
  const api = `http://127.0.0.1:${port}/api/v1/datafeed`;
  const rest = createRest({ baseUrl: `http://127.0.0.1:${port}/api/v1`, getToken: () => "A-1", timeoutMs: 0 });
  return {
    rest,
    app,
    bus,
    source,
    pubSub,
    close,
    subscribe: (route: string, params: object) => Subscription.open(app.stream, route, params),
    history: async () => (await getJson<{ bars: Bar[] }>(`${api}/bars?symbol=ACME&resolution=1`)).body.bars,
    quotes: async (symbols: readonly string[]) => {
      const init = {
        method: "POST",
        body: JSON.stringify({ symbols }),
        headers: { "content-type": "application/json" },
      };
      return (await getJson<QuoteData[]>(`${api}/quotes`, init)).body;
    },
  };
}

/** One topic of a client that subscribes again when it ends. */
class Subscription {
  readonly updates: unknown[] = [];
  readonly ends: string[] = [];
  epoch = "";
  readonly client: MemoryClient;
  readonly #route: string;
  readonly #params: object;
  #isRead = 0;

  constructor(client: MemoryClient, route: string, params: object) {
    this.client = client;
    this.#route = route;
    this.#params = params;
    client.subscribe(route, params);
  }

  static async open(stream: Parameters<typeof MemoryClient.connect>[0], route: string, params: object) {
    const subscription = new Subscription(MemoryClient.connect(stream), route, params);
    await until(() => subscription.read().epoch !== "" || subscription.ends.length > 0);
    return subscription;
  }

  read(): this {
    for (const { type, payload } of this.client.messages.slice(this.#isRead)) {
      this.#isRead++;
      const { epoch, payload: update, code } = payload as { epoch?: string; payload?: unknown; code?: string };
      if (type === `${this.#route}.update`) this.updates.push(update);
      if (type === `${this.#route}.subscribe.response` && epoch !== undefined) this.epoch = epoch;
      if (code === undefined) continue;
      this.ends.push(code);
      this.client.subscribe(this.#route, this.#params);
    }
    return this;
  }

  get last(): unknown {
    return this.read().updates.at(-1);
  }

  /** The last price of each symbol of a list. */
  get prices(): Record<string, number> {
    const entries = (this.read().updates as QuoteData[]).map((quote) => [quote.n, quote.s === "ok" ? quote.v.lp : -1]);
    return Object.fromEntries(entries);
  }
}

const LIST = { symbols: [], fast_symbols: [...SYMBOLS] };

test("two servers have one upstream feed a symbol, for bars, trades, order books and quotes", async () => {
  const { market, start } = startCluster();
  const [one, other] = [await start(), await start()];
  const subscriptions = [
    await one.subscribe("bars", { symbol: "ACME", resolution: "1" }),
    await other.subscribe("bars", { symbol: "ACME", resolution: "1" }),
    await other.subscribe("trades", { symbol: "ACME" }),
    await one.subscribe("orderbook", { symbol: "ACME", depth: 5 }),
    await other.subscribe("quotes", { symbols: [], fast_symbols: ["ACME"] }),
    await one.subscribe("quotes", LIST),
    await other.subscribe("quotes", LIST),
    await other.subscribe("quotes", { symbols: ["ACME"], fast_symbols: ["APEX"] }),
  ];
  expect(subscriptions.map(({ ends }) => ends)).toEqual(subscriptions.map(() => []));
  expect(market.open).toEqual({ ACME: 1, APEX: 1, ATOM: 1 });
  expect(one.source.starts + other.source.starts).toBe(3);
  market.trade("ACME", 123);
  const [bar, same, trade, book, quote, list, otherList] = subscriptions;
  await until(() => [bar, same].every((each) => (each?.last as Bar | undefined)?.close === 123));
  await until(() => list?.prices.ACME === 123 && otherList?.prices.ACME === 123 && quote?.prices.ACME === 123);
  expect(bar?.last).toEqual(same?.last);
  expect(list?.prices).toEqual(otherList?.prices);
  expect([trade?.last, book?.last]).toMatchObject([{ price: 123 }, { bids: [{ qty: 1 }] }]);
});

test("the history and the quotes over HTTP are those of the stream on every server, also where the source is late", async () => {
  const { market, start } = startCluster();
  const [one, other, gateway] = [await start(), await start(), await start({ ownsTopics: false })];
  const bars = await one.subscribe("bars", { symbol: "ACME", resolution: "1" });
  for (const { source } of [one, other, gateway]) source.missing = 1;
  market.trade("ACME", 111);
  await until(() => (bars.last as Bar).close === 111);
  const histories = await Promise.all([one.history(), other.history(), gateway.history()]);
  expect(histories.map((history) => history.at(-1))).toEqual([bars.last, bars.last, bars.last]);
  const quotes = await Promise.all([one, other, gateway].map((each) => each.quotes(["ACME", "NOPE"])));
  expect(quotes.map(([quote]) => quote)).toEqual([quotes[0]?.[0], quotes[0]?.[0], quotes[0]?.[0]]);
  expect(quotes[0]).toMatchObject([
    { s: "ok", v: { lp: 111 } },
    { s: "error", n: "NOPE" },
  ]);
  const tapes = await Promise.all([one, other, gateway].map(({ rest }) => rest.trades({ symbol: "ACME" })));
  expect(tapes).toEqual([tapes[0], tapes[0], tapes[0]]);
  expect(tapes[0]?.trades).toMatchObject([{ price: 111 }]);
  expect(market.open.ACME).toBe(1);
});

test("a gateway serves everything without a feed, and its restart changes no epoch", async () => {
  const { market, start } = startCluster();
  const owner = await start();
  const gateway = await start({ ownsTopics: false });
  const topics = [
    ["bars", { symbol: "ACME", resolution: "1" }],
    ["quotes", LIST],
  ] as const;
  const own: Subscription[] = [];
  const before: Subscription[] = [];
  for (const [route, params] of topics) {
    own.push(await owner.subscribe(route, params));
    before.push(await gateway.subscribe(route, params));
  }
  await gateway.close();
  const next = await start({ ownsTopics: false });
  const after: Subscription[] = [];
  for (const [route, params] of topics) after.push(await next.subscribe(route, params));
  expect(after.map(({ epoch }) => epoch)).toEqual(before.map(({ epoch }) => epoch));
  market.trade("APEX", 222);
  await until(() => [own, after].every(([, list]) => list?.prices.APEX === 222));
  expect([gateway.source.starts, next.source.starts, market.open]).toEqual([0, 0, { ACME: 1, APEX: 1, ATOM: 1 }]);
  expect(own.map(({ ends }) => ends)).toEqual([[], []]);
});

test("a gateway without a server that runs sources refuses subscriptions as no_owner, and still has the history", async () => {
  const { start } = startCluster();
  const gateway = await start({ ownsTopics: false });
  const refused = await Promise.all([
    gateway.subscribe("bars", { symbol: "ACME", resolution: "1" }),
    gateway.subscribe("quotes", LIST),
  ]);
  expect(refused.map(({ ends }) => ends[0])).toEqual(["no_owner", "no_owner"]);
  expect(await gateway.history()).toHaveLength(1);
});

test("when the owner of the symbols is killed, another server runs their feeds, and all topics recover", async () => {
  const { market, start } = startCluster();
  const owner = await start();
  const [one, gateway] = [await start(), await start({ ownsTopics: false })];
  await owner.subscribe("quotes", LIST);
  const bars = await one.subscribe("bars", { symbol: "ACME", resolution: "1" });
  const lists = [await one.subscribe("quotes", LIST), await gateway.subscribe("quotes", LIST)];
  expect([owner.source.starts, one.source.starts]).toEqual([3, 0]);
  owner.bus.kill();
  await until(() => bars.read().ends.length > 0 && lists.every((list) => list.read().ends.length > 0));
  await until(() => {
    for (const each of [bars, ...lists]) each.read();
    return one.source.starts === 3;
  });
  market.trade("ATOM", 333);
  market.trade("ACME", 99);
  await until(() => lists.every(({ prices }) => prices.ATOM === 333 && prices.ACME === 99));
  await until(() => (bars.last as Bar).close === 99);
  expect((await gateway.history()).at(-1)).toEqual(bars.last);
  expect(new Set(lists.map(({ epoch }) => epoch)).size).toBe(1);
});

test("a list follows the topics of its symbols, and leaves them when it ends", async () => {
  const { market, start } = startCluster();
  const one = await start();
  const { client, prices } = await one.subscribe("quotes", LIST);
  expect(prices).toEqual({ ACME: 100, APEX: 200, ATOM: 300 });
  const topics = () => one.app.stream.inspect().topics.filter(({ route }) => route === "quotes").length;
  expect(topics()).toBe(4);
  client.unsubscribe("quotes", LIST);
  await until(() => topics() === 0);
  await until(() => Object.values(market.open).every((count) => count === 0));
});

test("the broker's prices come from the one feed of the symbol, on whichever server it runs", async () => {
  const { market, start } = startCluster();
  const brokerDirectory = mkdtempSync(join(tmpdir(), "cluster-"));
  onTestFinished(() => rmSync(brokerDirectory, { recursive: true }));
  const broker = await start({ brokerDirectory });
  const other = await start();
  const bars = await other.subscribe("bars", { symbol: "ACME", resolution: "1" });
  const limit = { symbol: "ACME", type: 1, side: 1, qty: 1 } as const;
  const orders = [90, 80].map((limitPrice) => broker.rest.placeOrder("A-1", { ...limit, limitPrice }));
  const [first, second] = await Promise.all(orders);
  expect([market.open.ACME, broker.source.starts, other.source.starts]).toEqual([1, 0, 1]);
  market.trade("ACME", 89);
  await until(() => (bars.last as Bar).close === 89);
  const statusOf = async (id: unknown) => (await broker.rest.orders("A-1")).find((order) => order.id === id)?.status;
  const [WORKING, FILLED] = [6, 2];
  while ((await statusOf(first?.orderId)) !== FILLED);
  expect(await statusOf(second?.orderId)).toBe(WORKING);

  // The server with the feed dies: the broker gets the prices of the one that opens it next.
  other.bus.kill();
  await until(() => broker.source.starts === 1);
  market.trade("ACME", 79);
  while ((await statusOf(second?.orderId)) !== FILLED);
  expect(broker.source.listeners.get("ACME")?.size).toBe(1);
});
