import { quotes, subscriptionReply } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, serve } from "../../src/index.js";
import { AAPL } from "../helpers/data.js";
import { NetworkClient } from "../helpers/network-client.js";
import { opcodes, text } from "../rfc6455/frames.js";
import { type Ending, RawClient } from "../rfc6455/raw-client.js";
import { startTarget } from "../rfc6455/target.js";

const MAX_FRAME = 65_536;

interface Answer {
  readonly type: string;
  readonly id?: string | number;
  readonly payload: {
    readonly status: string;
    readonly message: string;
    readonly topic: string;
    readonly code?: string;
  };
}

/** Returns the length of a reply without the id and the topic, which it only echoes. */
function ownLength(reply: Answer): number {
  return JSON.stringify({ ...reply, id: undefined, payload: { ...reply.payload, topic: "" } }).length;
}

/** Sends one frame. Returns the reply to it, or the close of the connection. */
async function outcomeOf(url: string, json: string): Promise<Answer | Ending> {
  const client = await RawClient.open(url);
  client.send(text(json));
  const frame = await client.next();
  if (frame?.opcode !== opcodes.text) return client.ending();
  const reply = JSON.parse(String(frame.payload));
  expect(subscriptionReply.safeParse(reply.payload).success).toBe(true);
  expect(ownLength(reply)).toBeLessThanOrEqual(1_024);
  client.socket.destroy();
  return reply;
}

const invalid = { code: 1003, reason: "Could not validate payload" };
const unknown = { code: 1003, reason: "No matching type" };

/** Returns a subscribe request with raw JSON text that `JSON.stringify` would not write. */
function subscribe(params: string, rest = ""): string {
  return `{"type":"bars.subscribe","payload":${params}${rest}}`;
}

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

describe("a message that is refused", () => {
  const refused: readonly (readonly [name: string, json: string, close: object])[] = [
    ["row 23: arrays 33 deep", nested(33, "[", "]"), invalid],
    ["row 23: arrays 32,000 deep", nested(32_000, "[", "]"), invalid],
    ["row 23: arrays 60,000 deep that never end", "[".repeat(60_000), invalid],
    ["row 23: objects 10,000 deep", nested(10_000, '{"a":', "}").replace(":}", ":1}"), invalid],
    ["row 23: a deep parameter", subscribe(`{"symbol":${nested(10_000, "[", "]")},"resolution":"1"}`), invalid],
    [
      "row 23: a deep unknown parameter",
      subscribe(`{"symbol":"A","resolution":"1","x":${nested(99, "[", "]")}}`),
      invalid,
    ],
    ["row 24: 5,000 wrong members", subscribe(`{${Array.from({ length: 5_000 }, (_, key) => `"${key}":0`)}}`), invalid],
    ["row 24: an array for params", subscribe(`[${Array(30_000).fill(1)}]`), invalid],
    ["row 25: 1e400 as an id", subscribe(JSON.stringify(AAPL), ',"id":1e400'), invalid],
    ["row 25: -1e400 as a parameter", subscribe('{"symbol":-1e400,"resolution":"1"}'), invalid],
    ["row 25: 2^53 as an id", subscribe(JSON.stringify(AAPL), ',"id":9007199254740992'), invalid],
    ["row 25: a fractional id", subscribe(JSON.stringify(AAPL), ',"id":0.5'), invalid],
    [
      "row 25: a number of 60,000 digits as an id",
      subscribe(JSON.stringify(AAPL), `,"id":${"9".repeat(60_000)}`),
      invalid,
    ],
    ["row 25: a resolution as a number", subscribe('{"symbol":"A","resolution":1}'), invalid],
    ["row 26: a lone surrogate in the type", '{"type":"\\ud800","payload":{}}', unknown],
    ["row 26: NUL after the type", '{"type":"bars.subscribe\\u0000","payload":{}}', unknown],
    ["row 26: a right-to-left override in the type", '{"type":"\\u202ebars.subscribe","payload":{}}', unknown],
    ["row 26: a lone surrogate in a parameter", subscribe('{"symbol":"\\ud800","resolution":"1"}'), invalid],
    ["row 26: a reversed surrogate pair", subscribe('{"symbol":"\\udc00\\ud800","resolution":"1"}'), invalid],
    ["row 26: a full-width resolution", subscribe('{"symbol":"A","resolution":"\\uff11"}'), invalid],
    ["row 27: the type twice, the last unknown", `{"type":"bars.subscribe","payload":{},"type":"x"}`, unknown],
    ["row 22: __proto__ as the type", '{"type":"__proto__"}', unknown],
    ["row 22: constructor as the type", '{"type":"constructor"}', unknown],
    ["row 22: toString as the type", '{"type":"toString","payload":{}}', unknown],
    ["row 22: hasOwnProperty as the type", '{"type":"hasOwnProperty"}', unknown],
    ["row 22: a route called __proto__", '{"type":"__proto__.subscribe","payload":{}}', unknown],
    ["row 22: a route called constructor", '{"type":"constructor.subscribe","payload":{}}', unknown],
    ["row 22: a type that only the prototype has", '{"__proto__":{"type":"bars.subscribe","payload":{}}}', invalid],
    ["row 22: parameters that only the prototype has", subscribe(`{"__proto__":${JSON.stringify(AAPL)}}`), invalid],
    [
      "row 22: params that are the prototype",
      `{"type":"bars.subscribe","__proto__":{"payload":${JSON.stringify(AAPL)}}}`,
      invalid,
    ],
    ["an update from a client", '{"type":"bars.update","payload":{}}', unknown],
    ["a reply from a client", '{"type":"bars.subscribe.response","payload":{}}', unknown],
    ["an empty type", '{"type":""}', invalid],
    ["a type that is not a string", '{"type":["bars.subscribe"]}', invalid],
    [
      "row 31: a type of 60,000 letters, which the close reason does not contain",
      `{"type":"${"x".repeat(60_000)}"}`,
      invalid,
    ],
    ["a type of 256 letters", `{"type":"${"x".repeat(256)}"}`, unknown],
    ["an id of 65 letters", subscribe(JSON.stringify(AAPL), `,"id":"${"x".repeat(65)}"`), invalid],
    ["an id that is null", subscribe(JSON.stringify(AAPL), ',"id":null'), invalid],
    ["an id that is an object", subscribe(JSON.stringify(AAPL), ',"id":{"toString":1}'), invalid],
    ["a symbol of 60,000 letters", subscribe(`{"symbol":"${"x".repeat(60_000)}","resolution":"1"}`), invalid],
    ["an empty symbol", subscribe('{"symbol":"","resolution":"1"}'), invalid],
    ["null as the message", "null", invalid],
    ["a number as the message", "-0", invalid],
    ["a string as the message", '"bars.subscribe"', invalid],
    ["two messages in one frame", `${subscribe(JSON.stringify(AAPL))}${subscribe(JSON.stringify(AAPL))}`, invalid],
    ["a trailing comma", '{"type":"bars.subscribe",}', invalid],
    ["a comment", '{"type":"bars.subscribe"/**/}', invalid],
    ["NaN", subscribe(JSON.stringify(AAPL), ',"id":NaN'), invalid],
    ["spaces only, up to the size limit", " ".repeat(MAX_FRAME), invalid],
  ];
  test.for(refused)("%s", async ([, json, close]) => {
    const target = await startTarget();
    expect(await outcomeOf(target.url, json)).toEqual(close);
    expect(target.source.count("create")).toBe(1);
    await target.assertServed();
  });
});

describe("a message that is unusual but valid", () => {
  const symbolOf = (symbol: string) => ({
    payload: { status: "ok", topic: `bars:{"resolution":"1","symbol":"${symbol}"}` },
  });
  const served: readonly (readonly [name: string, json: string, reply: object])[] = [
    [
      "row 23: an unknown parameter of depth 32",
      subscribe(`{"symbol":"A","resolution":"1","x":${nested(30, "[", "]")}}`),
      symbolOf("A"),
    ],
    [
      "row 23: 60,000 brackets in a string",
      subscribe(JSON.stringify(AAPL), `,"x":"${"[".repeat(60_000)}"`),
      symbolOf("AAPL"),
    ],
    [
      "row 24: an unknown list of 3,000 elements",
      subscribe(`{"symbol":"A","resolution":"1","x":[${Array(3_000).fill(1)}]}`),
      symbolOf("A"),
    ],
    ["row 25: -0 as an id, which JSON echoes as 0", subscribe(JSON.stringify(AAPL), ',"id":-0'), { id: 0 }],
    ["row 25: 1e0 as an id", subscribe(JSON.stringify(AAPL), ',"id":1e0'), { id: 1 }],
    ["row 25: the string 1 as an id", subscribe(JSON.stringify(AAPL), ',"id":"1"'), { id: "1" }],
    ["row 25: 2^53 - 1 as an id", subscribe(JSON.stringify(AAPL), ',"id":9007199254740991'), { id: 9007199254740991 }],
    ["row 26: NUL in a symbol", subscribe('{"symbol":"A\\u0000","resolution":"1"}'), symbolOf("A\\u0000")],
    [
      "row 26: a right-to-left override in a symbol",
      subscribe('{"symbol":"\\u202eA","resolution":"1"}'),
      symbolOf("\\u202eA"),
    ],
    ["row 26: a precomposed letter", subscribe('{"symbol":"\\u00e9","resolution":"1"}'), symbolOf("\\u00e9")],
    [
      "row 26: a letter with a combining accent",
      subscribe('{"symbol":"e\\u0301","resolution":"1"}'),
      symbolOf("e\\u0301"),
    ],
    ["row 26: a lone surrogate as an id", subscribe(JSON.stringify(AAPL), ',"id":"\\ud800"'), { id: "\ud800" }],
    ["row 26: NUL as an id", subscribe(JSON.stringify(AAPL), ',"id":"\\u0000"'), { id: "\0" }],
    [
      "row 27: a parameter twice: the last counts",
      subscribe('{"symbol":"MINE","resolution":"1","symbol":"THEIRS"}'),
      symbolOf("THEIRS"),
    ],
    [
      "row 27: the payload twice: the last counts",
      `{"payload":{},"type":"x","payload":${JSON.stringify(AAPL)},"type":"bars.subscribe"}`,
      symbolOf("AAPL"),
    ],
    ["row 22: __proto__ as a symbol", subscribe('{"symbol":"__proto__","resolution":"1"}'), symbolOf("__proto__")],
    [
      "row 22: constructor as a symbol",
      subscribe('{"symbol":"constructor","resolution":"1"}'),
      symbolOf("constructor"),
    ],
    ["row 22: __proto__ as an id", subscribe(JSON.stringify(AAPL), ',"id":"__proto__"'), { id: "__proto__" }],
    ["row 22: toString as an id", subscribe(JSON.stringify(AAPL), ',"id":"toString"'), { id: "toString" }],
    [
      "row 22: __proto__ among the params",
      subscribe('{"symbol":"A","resolution":"1","__proto__":{"x":1}}'),
      symbolOf("A"),
    ],
    ["row 22: __proto__ in the envelope", subscribe(JSON.stringify(AAPL), ',"__proto__":{"x":1}'), symbolOf("AAPL")],
    [
      "row 22: constructor.prototype among the params",
      subscribe('{"symbol":"A","resolution":"1","constructor":{"prototype":{"x":1}}}'),
      symbolOf("A"),
    ],
    [
      "a type written with escapes",
      `{"\\u0074ype":"\\u0062ars.subscribe","payload":${JSON.stringify(AAPL)}}`,
      symbolOf("AAPL"),
    ],
  ];
  test.for(served)("%s", async ([, json, reply]) => {
    const target = await startTarget();
    expect(await outcomeOf(target.url, json)).toMatchObject(reply);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    await target.assertServed();
  });
});

describe("row 24: parameters that are large", () => {
  const source = { createTopic() {}, removeTopic() {} };
  const modules = [defineModule({ name: "quotes", version: "1", routes: [serve(quotes, source)] })];
  const large: readonly (readonly [name: string, symbols: unknown])[] = [
    ["30,000 wrong elements", Array(30_000).fill(1)],
    ["10,000 symbols", Array(10_000).fill("A")],
    ["501 symbols", Array(501).fill("A")],
    ["500 symbols of 64 letters, a topic past its limit", Array(500).fill("x".repeat(64))],
    ["500 empty symbols", Array(500).fill("")],
    ["10,000 empty arrays", Array(10_000).fill([])],
  ];
  test.for(large)("%s", async ([, symbols]) => {
    const server = createServer({ title: "Test", version: "1", modules });
    onTestFinished(() => server.close());
    const { url } = await server.listen();
    const json = JSON.stringify({ type: "quotes.subscribe", payload: { symbols, fast_symbols: [] } });
    expect(json.length).toBeLessThanOrEqual(MAX_FRAME);
    const outcome = await outcomeOf(url, json);
    if ("payload" in outcome) expect(outcome.payload.status).toBe("error");
    else expect(outcome).toEqual(invalid);
    expect(server.counts()).toMatchObject({ topics: 0, subscriptions: 0 });
  });
});

describe("row 20: more topics than the limit of a connection", () => {
  test("each topic above the limit is refused with a reply of at most 1 KB, and the others stay subscribed", async () => {
    const target = await startTarget({ maxSubscriptions: 10 });
    const client = await NetworkClient.connect(target.url);
    for (let count = 0; count < 200; count++)
      client.subscribe("bars", { symbol: `S${count}`, resolution: "1" }, { id: count });
    const replies = [];
    for (let count = 0; count < 200; count++) replies.push((await client.next()) as Answer);
    const refused = replies.filter(({ payload }) => payload.status === "error");
    expect(refused).toHaveLength(190);
    for (const reply of refused) {
      expect(reply.payload.code).toBe("too_many_subscriptions");
      expect(ownLength(reply)).toBeLessThanOrEqual(1_024);
    }
    expect(target.server.counts()).toMatchObject({ connections: 2, topics: 11, subscriptions: 11 });
    client.socket.terminate();
    await target.assertServed();
  });
});
