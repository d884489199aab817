import { bars, buildTopic, orderbook, orders, quotes, trades } from "@trading/topic";
import type { TestClient, World } from "./worlds.js";

const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const BARS = bars.buildTopic(AAPL);
const WATCHED = { symbols: ["AAPL", "MSFT"], fast_symbols: [] };
const QUOTES = quotes.buildTopic(WATCHED);
const TAPE = trades.buildTopic({ symbol: "AAPL" });
const BOOK = { symbol: "AAPL", depth: 5 };
const ANN = { accountId: "ann" };
const ORDERS = orders.buildTopic(ANN);

const bar = (time: number, close = 1) => ({ time, open: 1, high: 9, low: 0, close, volume: 1 });
const trade = (time: number) => ({ id: String(time), time, price: 1, qty: 1, side: 1 });
const quote = (n: string, message = "none") => ({ s: "error", n, v: { message } });
const order = (id: string, status = 6, qty = 1) => ({ id, symbol: "AAPL", type: 2, side: 1, qty, status });
const FILLED = 2;

/** Sends a frame, and waits for the reply. */
async function request(
  world: World,
  client: TestClient,
  type: string,
  payload?: object,
  more: object = {},
): Promise<void> {
  client.send({ type, payload, id: client.received.length, ...more });
  await world.settle();
}

/** Returns the client's position in a topic, from the frames that it received. */
function position(client: TestClient, topic: string): { epoch: string; offset: number } {
  let epoch = "";
  let offset = 0;
  for (const { payload } of client.received) {
    if (payload?.topic !== topic) continue;
    if (typeof payload.epoch === "string") epoch = payload.epoch;
    if (typeof payload.offset === "number") offset = payload.offset;
  }
  return { epoch, offset };
}

function publishAll(world: World, topic: string, updates: readonly object[]): void {
  for (const update of updates) world.publish(topic, update);
}

/** Conversations of clients with a server that has the session extension, including events on the server. */
export const CONVERSATIONS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "subscribe, updates, unsubscribe": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "bars.subscribe", AAPL);
    publishAll(world, BARS, [bar(60), bar(60, 2), bar(120)]);
    await world.settle();
    await request(world, ann, "bars.unsubscribe", AAPL);
    world.publish(BARS, bar(180));
    await world.settle();
    await request(world, ann, "bars.unsubscribe", AAPL);
    await request(world, ann, "bars.subscribe", AAPL);
    world.publish(BARS, bar(240));
    await world.settle();
  },
  "a new subscriber gets the current bar and later updates": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "bars.subscribe", AAPL);
    publishAll(world, BARS, [bar(60), bar(120), bar(180), bar(120, 5), bar(60, 6)]);
    const ben = await world.connect();
    await request(world, ben, "bars.subscribe", AAPL);
    publishAll(world, BARS, [bar(180, 7)]);
    await request(world, await world.connect(), "bars.subscribe", AAPL);
  },
  "a new subscriber gets one update per key": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "quotes.subscribe", WATCHED);
    publishAll(world, QUOTES, [quote("AAPL"), quote("MSFT"), quote("AAPL", "later")]);
    await request(world, await world.connect(), "quotes.subscribe", WATCHED);
    await request(world, await world.connect(), "quotes.subscribe", { ...WATCHED, fast_symbols: ["AAPL"] });
  },
  "a topic with a single state": async (world) => {
    const ann = await world.connect();
    const topic = orderbook.buildTopic(BOOK);
    await request(world, ann, "orderbook.subscribe", BOOK);
    publishAll(
      world,
      topic,
      [1, 2, 3].map((time) => ({ time, bids: [], asks: [] })),
    );
    await request(world, await world.connect(), "orderbook.subscribe", BOOK);
  },
  "a new subscriber of a log gets later updates only": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "trades.subscribe", { symbol: "AAPL" });
    publishAll(world, TAPE, [trade(1), trade(2)]);
    await request(world, await world.connect(), "trades.subscribe", { symbol: "AAPL" });
    world.publish(TAPE, trade(3));
    await world.settle();
  },
  "a log is resumed": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "trades.subscribe", { symbol: "AAPL" });
    publishAll(world, TAPE, [trade(1), trade(2)]);
    await world.settle();
    const resume = position(ann, TAPE);
    ann.leave();
    publishAll(world, TAPE, [trade(3), trade(4)]);
    const ben = await world.connect();
    await request(world, ben, "trades.subscribe", { symbol: "AAPL" }, { resume });
    world.publish(TAPE, trade(5));
    await world.settle();
    // Resumes from the latest offset, the oldest, one that is too high, and another epoch.
    for (const other of [{ offset: 5 }, { offset: 0 }, { offset: 6 }, { epoch: "another" }]) {
      await request(
        world,
        await world.connect(),
        "trades.subscribe",
        { symbol: "AAPL" },
        { resume: { ...resume, ...other } },
      );
    }
  },
  "a log retains its last thousand updates": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "trades.subscribe", { symbol: "AAPL" });
    const { epoch } = position(ann, TAPE);
    for (let time = 1; time <= 1_010; time++) world.publish(TAPE, trade(time));
    await world.settle();
    for (const offset of [9, 10]) {
      await request(
        world,
        await world.connect(),
        "trades.subscribe",
        { symbol: "AAPL" },
        { resume: { epoch, offset } },
      );
    }
  },
  "a keyed topic is resumed without superseded updates": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "quotes.subscribe", WATCHED);
    world.publish(QUOTES, quote("AAPL"));
    await world.settle();
    const resume = position(ann, QUOTES);
    publishAll(world, QUOTES, [quote("MSFT"), quote("AAPL", "b"), quote("MSFT", "c")]);
    await world.settle();
    const ben = await world.connect();
    await request(world, ben, "quotes.subscribe", WATCHED, { resume });
    await request(world, ben, "quotes.subscribe", WATCHED, { resume: { ...resume, epoch: "another" } });
    await request(world, ben, "quotes.subscribe", WATCHED);
    world.publish(QUOTES, quote("AAPL", "d"));
    await world.settle();
  },
  "a topic of bars retains a hundred bars": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "bars.subscribe", AAPL);
    const { epoch } = position(ann, BARS);
    for (let minute = 1; minute <= 105; minute++) world.publish(BARS, bar(minute * 60));
    await world.settle();
    for (const offset of [4, 5, 105]) {
      await request(world, await world.connect(), "bars.subscribe", AAPL, { resume: { epoch, offset } });
    }
  },
  "a repeated subscribe keeps one subscription": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "bars.subscribe", AAPL);
    publishAll(world, BARS, [bar(60), bar(120)]);
    await world.settle();
    await request(world, ann, "bars.subscribe", AAPL);
    world.publish(BARS, bar(180));
    await world.settle();
    const { epoch } = position(ann, BARS);
    await request(world, ann, "bars.subscribe", AAPL, { resume: { epoch, offset: 1 } });
    await request(world, ann, "trades.subscribe", { symbol: "AAPL" });
    publishAll(world, TAPE, [trade(1)]);
    await world.settle();
    await request(world, ann, "trades.subscribe", { symbol: "AAPL" }, { resume: { epoch: "another", offset: 0 } });
    await request(world, ann, "bars.unsubscribe", AAPL);
    world.publish(BARS, bar(240));
    await world.settle();
  },
  "an unsubscribe does not affect other clients": async (world) => {
    const ann = await world.connect();
    const ben = await world.connect();
    await request(world, ann, "bars.subscribe", AAPL);
    await request(world, ben, "bars.subscribe", AAPL);
    await request(world, ben, "bars.unsubscribe", AAPL);
    world.publish(BARS, bar(60));
    await world.settle();
    await request(world, ben, "bars.subscribe", AAPL);
    ben.leave();
    world.publish(BARS, bar(120));
    await world.settle();
  },
  "a source refuses": async (world) => {
    world.refuse("bars", "unknown_symbol", "There is no AAPL", false);
    world.refuse("quotes", "source_unavailable", "Not now", true);
    const ann = await world.connect();
    await request(world, ann, "bars.subscribe", AAPL);
    await request(world, ann, "quotes.subscribe", WATCHED);
    await request(world, ann, "trades.subscribe", { symbol: "AAPL" });
  },
  "a source ends a topic": async (world) => {
    const ann = await world.connect();
    const ben = await world.connect();
    for (const client of [ann, ben]) await request(world, client, "bars.subscribe", AAPL);
    world.publish(BARS, bar(60));
    await world.settle();
    const resume = position(ann, BARS);
    await request(world, ben, "bars.unsubscribe", AAPL);
    world.end(BARS, "delisted", false);
    await world.settle();
    await request(world, ann, "bars.subscribe", AAPL, { resume });
    world.publish(BARS, bar(120));
    await world.settle();
    world.end(BARS, "source_ended", true);
    await world.settle();
    await request(world, ann, "bars.unsubscribe", AAPL);
  },
  logins: async (world) => {
    const ann = await world.connect();
    await request(world, ann, "orders.subscribe", ANN);
    await request(world, ann, "auth.login", { token: "bad" });
    await request(world, ann, "auth.login", { token: "ann" });
    await request(world, ann, "orders.subscribe", ANN);
    world.publish(ORDERS, order("1"));
    await world.settle();
    await request(world, ann, "auth.login", { token: "ben" });
    await request(world, ann, "auth.login", { token: "ann" });
    await request(world, ann, "auth.login", {});
    await request(world, ann, "auth.login", { token: "" });
    await request(world, ann, "orders.unsubscribe", ANN);
    await request(world, await world.connect(), "executions.subscribe", { accountId: "ann", symbol: null });
  },
  "finished orders are retained for ten minutes": async (world) => {
    const ann = await world.connect();
    const connect = async () => {
      const client = await world.connect();
      await request(world, client, "auth.login", { token: "ann" });
      return client;
    };
    await request(world, ann, "auth.login", { token: "ann" });
    await request(world, ann, "orders.subscribe", ANN);
    const { epoch } = position(ann, ORDERS);
    publishAll(world, ORDERS, [order("1"), order("2"), order("1", FILLED), order("3")]);
    await world.settle();
    world.advance(15_000);
    await request(world, ann, "ping");
    await request(world, await connect(), "orders.subscribe", ANN);
    for (let half = 0; half < 40; half++) {
      world.advance(15_000);
      await request(world, ann, "ping");
    }
    await request(world, await connect(), "orders.subscribe", ANN);
    for (const offset of [2, 3]) {
      await request(world, await connect(), "orders.subscribe", ANN, { resume: { epoch, offset } });
    }
  },
  "invalid frames": async (world) => {
    const ann = await world.connect();
    ann.send("no JSON");
    ann.send("[]");
    await world.settle();
    for (const frame of [
      { type: "" },
      { type: 1 },
      { type: "bars.subscribe", id: "x".repeat(65) },
      { type: "bars.subscribe", payload: AAPL, id: 1, resume: { epoch: "", offset: 0 } },
      { type: "bars.subscribe", payload: AAPL, id: 2, resume: { epoch: "e", offset: -1 } },
      { type: "bars.subscribe", payload: { symbol: "AAPL" }, id: 3 },
      { type: "bars.subscribe", payload: { symbol: "AAPL", resolution: "7" }, id: 4 },
      { type: "bars.subscribe", id: 5 },
      { type: "bars.unsubscribe", payload: {}, id: 6 },
      { type: "bars.update", payload: {}, id: 7 },
      { type: "nothing", id: 8 },
      { type: "test.echo", payload: {}, id: 9 },
    ]) {
      ann.send(frame);
      await world.settle();
    }
    await request(world, ann, "bars.subscribe", { ...AAPL, more: 1 });
  },
  operations: async (world) => {
    const ann = await world.connect();
    for (const text of ["a", "bad"]) await request(world, ann, "test.echo", { text });
    // Replies without an id keep their order; replies with an id do not have to.
    for (const text of ["late", "b"]) ann.send({ type: "test.echo", payload: { text } });
    await world.settle();
    for (const text of ["late", "c"]) ann.send({ type: "test.echo", payload: { text }, id: text });
    await world.settle();
    await request(world, ann, "test.secret", { text: "d" });
    await request(world, ann, "auth.login", { token: "ann" });
    await request(world, ann, "test.secret", { text: "e" });
  },
  "pings, and a drain": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "ping");
    ann.send({ type: "ping" });
    ann.send({ type: "bars.subscribe", payload: AAPL });
    await world.settle();
    world.drain(10_000);
    world.publish(BARS, bar(60));
    await world.settle();
  },
  "topics are built from the parameters": async (world) => {
    const ann = await world.connect();
    await request(world, ann, "bars.subscribe", { resolution: "1", symbol: "é\u0001" });
    world.publish(buildTopic("bars", { resolution: "1", symbol: "é\u0001" }), bar(60));
    await world.settle();
  },
};
