import { bars, orderbook, orders, quotes, trades } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { ClusterPubSub, MemoryHub } from "../../src/cluster/index.js";
import {
  compactCodec,
  createServer,
  defineModule,
  jsonCodec,
  MemoryPubSub,
  type ServerOptions,
  serve,
} from "../../src/index.js";
import { RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { layoutOf, pack } from "../../src/topics/compact-layout.js";
import { AAPL, AAPL_TOPIC, bar, order } from "../helpers/data.js";
import { NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";

const BOTH = ["trading.v2.compact", "trading.v2"];
const SUBSCRIBE = { type: "bars.subscribe", payload: AAPL, id: 1 };
const BAR_LAYOUT = { members: ["time", "open", "high", "low", "close", "volume"] };

const start = (options: Partial<ServerOptions> = {}) => startServer({ codec: compactCodec(), ...options });
const connect = (url: string, protocols: string[] = BOTH) => NetworkClient.connect(url, { protocols });

describe("the layout of a route's updates", () => {
  test("lists the members of an object, and of the objects in its lists", () => {
    expect(layoutOf(bars.update)).toEqual(BAR_LAYOUT);
    const levels = { items: { members: ["price", "qty"] } };
    expect(layoutOf(orderbook.update)).toEqual({
      members: ["time", ["bids", levels], ["asks", levels]],
    });
  });

  test("is sparse if members can be absent", () => {
    expect(layoutOf(orders.update)).toMatchObject({
      sparse: true,
      members: expect.arrayContaining(["id", ["duration", { members: ["type", "datetime"], sparse: true }]]),
    });
    expect(layoutOf(trades.update)).not.toHaveProperty("sparse");
  });

  test("is that of the first object of a union", () => {
    expect(layoutOf(quotes.update)).toMatchObject({
      members: ["s", "n", ["v", { members: expect.arrayContaining(["lp"]) }]],
    });
  });

  test.each([
    ["a number", z.number()],
    ["a list", z.array(z.object({ a: z.number() }))],
    ["an object without members", z.object({})],
    ["a record", z.record(z.string(), z.number())],
    ["an object with the member __proto__", z.object({ ["__proto__"]: z.number(), a: z.number() })],
  ])("does not exist for %s", (_what, schema) => {
    expect(layoutOf(schema)).toBeUndefined();
  });
});

describe("packed values", () => {
  const layout = layoutOf(
    z.object({
      a: z.nullable(z.object({ b: z.number(), c: z.optional(z.unknown()) })),
      list: z.array(z.object({ d: z.number(), e: z.optional(z.number()) })),
      scalars: z.array(z.number()),
    }),
  ) as NonNullable<ReturnType<typeof layoutOf>>;

  test("list the values of nested objects, and those of lists without further arrays", () => {
    const update = { a: { b: 1, c: [{}] }, list: [{ d: 2, e: 3 }, { d: 4 }], scalars: [5] };
    expect(pack(update, layout)).toEqual([[0, 1, [{}]], [0, 2, 3, 2, 4], [5]]);
    expect(pack({ a: null, list: [], scalars: [] }, layout)).toEqual([null, [], []]);
  });

  test.each([
    ["a member more", { a: null, list: [], scalars: [], more: 1 }],
    ["a member less", { a: null, list: [] }],
    ["another order", { list: [], a: null, scalars: [] }],
    ["a list in place of an object", { a: [], list: [], scalars: [] }],
    ["an object in place of a list", { a: null, list: {}, scalars: [] }],
    ["null in a list of objects", { a: null, list: [null], scalars: [] }],
    ["null", null],
    ["a list", []],
  ])("do not exist for %s", (_what, update) => {
    expect(pack(update, layout)).toBeUndefined();
  });

  test("have a mask for the first 31 members", () => {
    const names = Array.from({ length: 40 }, (_value, index) => `m${index}`);
    const wide = { members: names, sparse: true } as const;
    const all = Object.fromEntries(names.map((name) => [name, 1]));
    const { m0: _first, m30: _last, ...most } = all;
    expect(pack(most, wide)?.[0]).toBe(2 ** 30 + 1);
    expect(pack(most, wide)).toHaveLength(39);
    const { m31: _beyond, ...others } = all;
    expect(pack(others, wide)).toBeUndefined();
  });
});

describe("a client that offers compact updates", () => {
  test("gets alias and layout with the reply, and updates without topic and names", async () => {
    const { url, source } = await start();
    const client = await connect(url);
    expect(client.socket.protocol).toBe("trading.v2.compact");
    const reply = await client.request(SUBSCRIBE);
    expect(reply.payload).toMatchObject({ status: "ok", topic: AAPL_TOPIC, compact: { alias: 1, layout: BAR_LAYOUT } });
    source.publish({ ...bar(7), open: -0, high: 1.5e-7, volume: Number.MAX_SAFE_INTEGER });
    await client.next();
    expect(client.frames.at(-1)).toBe("[1,1,[7,0,1.5e-7,1,1,9007199254740991]]");
  });

  test("gets retained updates in the same form, and the alias of the next run after a new subscribe", async () => {
    const { url, source } = await start({ lingerMs: 0 });
    const first = await connect(url, []);
    await first.request(SUBSCRIBE);
    source.publish(bar(7));
    const client = await connect(url);
    await client.request(SUBSCRIBE);
    await client.next();
    expect(client.frames.at(-1)).toBe("[1,1,[7,1,1,1,1,1]]");
    await first.request({ type: "bars.unsubscribe", payload: AAPL });
    await client.request({ type: "bars.unsubscribe", payload: AAPL });
    expect((await client.request(SUBSCRIBE)).payload.compact.alias).toBe(2);
  });

  test("gets JSON from a server without compact updates", async () => {
    const { url, source } = await startServer();
    const client = await connect(url);
    expect(client.socket.protocol).toBe("trading.v2");
    expect((await client.request(SUBSCRIBE)).payload).not.toHaveProperty("compact");
    source.publish(bar(7));
    expect(await client.next()).toMatchObject({ type: "bars.update", payload: { topic: AAPL_TOPIC, payload: bar(7) } });
  });

  test("gets the updates of a legacy dialect as they are", async () => {
    const { url, source } = await start();
    const client = await connect(url);
    const payload = { symbol: "AAPL", params: { resolution: "1" } };
    expect((await client.request({ type: "bars.subscribe", payload })).payload).not.toHaveProperty("compact");
    source.publish(bar(7));
    expect(await client.next()).toEqual({ type: "bars.update", payload: bar(7) });
  });

  test("is closed for an array, which is not a request", async () => {
    const { url } = await start();
    const client = await connect(url);
    client.send("[1,1,[7]]");
    expect(await client.closed).toMatchObject({ code: 1003 });
  });

  test("shares one frame with the others, whose bytes count as retained", async () => {
    const codec = compactCodec();
    const encoder = codec.updates("bars", AAPL_TOPIC, bars.update);
    const body = encoder.body(bar(7));
    const frame = encoder.frame(3, body);
    expect(frame.compact).toBe(frame.compact);
    expect(frame.compact).toMatchObject({ topic: AAPL_TOPIC, text: "[1,3,[7,1,1,1,1,1]]" });
    expect(frame.compact.body).toBeUndefined();
    expect(frame.body).toBe(body.text);
    const { retainedBytes } = jsonCodec.updates(bars.name, AAPL_TOPIC).frame(3, body);
    expect(frame.retainedBytes).toBe(retainedBytes + body.bytes);
  });

  test.each([
    ["one with other members", '{"more":1}', '[1,3,{"more":1}]'],
    ["null", "null", "[1,3,null]"],
    [
      "a list",
      "[7]",
      `{"type":"bars.update","payload":{"topic":${JSON.stringify(AAPL_TOPIC)},"offset":3,"payload":[7]}}`,
    ],
  ])("gets an update that has not the layout as it is: %s", (_what, text, expected) => {
    const encoder = compactCodec().updates("bars", AAPL_TOPIC, bars.update);
    expect(encoder.frame(3, { text, bytes: text.length }).compact.text).toBe(expected);
  });
});

test.each([
  [[], ""],
  [["trading.v2"], "trading.v2"],
  [["trading.v2", "trading.v2.compact"], "trading.v2.compact"],
])("a client that offers %j gets the subprotocol %j", async (offered, selected) => {
  const { url, source } = await start();
  const client = await connect(url, offered);
  expect(client.socket.protocol).toBe(selected);
  const reply = await client.request(SUBSCRIBE);
  expect("compact" in reply.payload).toBe(selected === "trading.v2.compact");
  source.publish(bar(7));
  await client.next();
  expect(client.frames.at(-1)?.startsWith("[")).toBe(selected === "trading.v2.compact");
});

/** Two servers with their own sources. The second one runs other topics first, so that its aliases differ. */
async function startTwo(pubSubs: readonly [ServerOptions["pubSub"], ServerOptions["pubSub"]]) {
  const servers = pubSubs.map((pubSub) => {
    const source = new ScriptedSource<{ accountId: string }, ReturnType<typeof order>>();
    const modules = [defineModule({ name: "broker", version: "1", routes: [serve(orders, source)] })];
    const options = { title: "", version: "", modules, logger: new RecordingLogger(), authorize: () => true };
    const server = createServer({ ...options, ...(pubSub && { pubSub }), codec: compactCodec() });
    onTestFinished(() => server.close());
    return { server, source };
  });
  return Promise.all(
    servers.map(async ({ server, source }, index) => {
      const { url } = await server.listen();
      const client = await connect(url);
      const subscribe = (accountId: string) =>
        client.request({ type: "orders.subscribe", payload: { accountId }, id: 1 });
      for (let count = 0; count < index * 3; count++) await subscribe(`other ${count}`);
      return { source, client, subscribe };
    }),
  );
}

const memory = () => {
  const pubSub = new MemoryPubSub({
    clock: { now: Date.now, monotonic: () => 0, after: () => () => {} } as never,
    logger: new RecordingLogger(),
  });
  return [pubSub, pubSub] as const;
};
const cluster = () => {
  const hub = new MemoryHub();
  const pubSubs = [0, 1].map(() => new ClusterPubSub({ bus: hub.connect(), logger: new RecordingLogger() }));
  onTestFinished(async () => void (await Promise.all(pubSubs.map((pubSub) => pubSub.close()))));
  return [pubSubs[0], pubSubs[1]] as const;
};

test.each([
  ["share a PubSub", memory],
  ["are of one cluster", cluster],
])("the alias of a reply is that of the updates on both servers that %s", async (_how, pubSubs) => {
  const [owner, follower] = await startTwo(pubSubs());
  await owner?.subscribe("ann");
  const reply = await follower?.subscribe("ann");
  owner?.source.publish(order("a"), orders.buildTopic({ accountId: "ann" }));
  const { alias } = reply?.payload.compact ?? {};
  // Bits 6 to 15: the absent members.
  expect([await owner?.client.next(), await follower?.client.next()]).toEqual([
    [1, 1, [65_472, "a", "AAPL", 2, 1, 1, 6]],
    [alias, 1, [65_472, "a", "AAPL", 2, 1, 1, 6]],
  ]);
});
