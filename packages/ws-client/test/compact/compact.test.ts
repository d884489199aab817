import { bars } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { compact } from "../../src/compact/index.js";
import type { SocketLike } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";
import { MemorySocket, tick } from "../helpers/memory-network.js";
import { AAPL, bar, TOPIC } from "../helpers/subscribed.js";

const LAYOUT = { members: ["time", "open", "high", "low", "close", "volume"] };
const VALUES = [1_697_097_600_000, 1, 9, 1, 2, 10];

/** Returns a codec that has read a subscribe reply. */
function learned(layout: unknown, alias: unknown = 7) {
  const codec = compact();
  codec.parse(reply(layout, alias));
  return { ...codec, parse: (frame: unknown) => codec.parse(JSON.stringify(frame)) };
}

function reply(layout: unknown, alias: unknown = 7, topic = TOPIC): string {
  const payload = { status: "ok", message: "", topic, compact: { alias, layout } };
  return JSON.stringify({ type: "bars.subscribe.response", payload });
}

/** Returns a client whose sockets the test controls, with the subprotocols that they were created with. */
function setUpCompact() {
  const offers: (string[] | undefined)[] = [];
  const sockets: MemorySocket[] = [];
  class Socket extends MemorySocket implements SocketLike {
    constructor(url: string, subprotocols?: string[]) {
      super(url);
      offers.push(subprotocols);
      sockets.push(this);
    }
  }
  const set = setUp({ WebSocket: Socket, codec: compact(), backoffMaxMs: 0, backoffInitialMs: 0 });
  return { ...set, offers, last: () => sockets.at(-1) as MemorySocket };
}

test("a client delivers compact updates like others", async () => {
  const { client, last, errors } = setUpCompact();
  const received: unknown[] = [];
  last().welcome();
  client.subscribe(bars, AAPL, (update, { offset }) => received.push([offset, update]));
  await tick();
  last().confirm(last().sent[0], TOPIC, { epoch: "e", offset: 0, compact: { alias: 7, layout: LAYOUT } } as never);
  last().say([7, 1, VALUES]);
  last().update(TOPIC, bar(3), 2);
  last().say([7, 2, VALUES]);
  last().say([7, 3, bar(4)]);
  expect(received).toEqual([
    [1, bar(2)],
    [2, bar(3)],
    [3, bar(4)],
  ]);
  expect(errors).toEqual([]);
});

test("a client reports what it cannot read, and keeps the connection", async () => {
  const { client, last, errors } = setUpCompact();
  last().welcome();
  client.subscribe(bars, AAPL, () => {});
  await tick();
  last().confirm(last().sent[0], TOPIC, { epoch: "e", offset: 0, compact: { alias: 7, layout: LAYOUT } } as never);
  for (const frame of [[], [8, 1, VALUES], [7, 1, [1]], [7, 1, [...VALUES, 1]], [null, 1, VALUES]]) last().say(frame);
  last().say(`[7,1,${"[".repeat(100)}${"]".repeat(100)}]`);
  last().say("[7,1");
  expect(errors.map(({ code }) => code)).toEqual(Array(7).fill("invalid_message"));
  expect(errors[1]?.message).toContain("Unknown alias 8");
  expect(client.state.status).toBe("connected");
});

test.each([
  ["the welcome of another connection", { type: "session.welcome", payload: {} }],
  ["the unsubscribe reply", { type: "bars.unsubscribe.response", payload: { status: "ok", topic: TOPIC } }],
  ["the end of the topic", { type: "subscription.ended", payload: { topic: TOPIC, code: "source_ended" } }],
  ["the alias of another run", JSON.parse(reply(LAYOUT, 9))],
])("an alias is forgotten with %s", (_what, message) => {
  const codec = learned(LAYOUT);
  expect(codec.parse([7, 1, VALUES])).toMatchObject({ type: "bars.update", payload: { topic: TOPIC, offset: 1 } });
  codec.parse(message);
  expect(() => codec.parse([7, 1, VALUES])).toThrow("Unknown alias 7");
});

test("an alias outlives the messages of other topics, and a second reply with it", () => {
  const codec = learned(LAYOUT);
  codec.parse({ type: "bars.unsubscribe.response", payload: { status: "ok", topic: "bars:{}" } });
  codec.parse(JSON.parse(reply(LAYOUT, 9, "bars:{}")));
  codec.parse(JSON.parse(reply(LAYOUT)));
  expect(codec.parse([7, 1, VALUES])).toMatchObject({ payload: { topic: TOPIC, payload: bar(2) } });
});

test.each([
  ["nothing", null],
  ["no members", {}],
  ["no list of members", { members: "a" }],
  ["an empty list of members", { members: [] }],
  ["a member that is not a name", { members: [1] }],
  ["a member with an invalid layout", { members: [["a", {}]] }],
  ["items without members", { members: [["a", { items: {} }]] }],
  ["a member __proto__", { members: ["__proto__"] }],
])("a layout with %s is refused", (_what, layout) => {
  expect(() => learned(layout)).toThrow(TypeError);
});

test("an update without a layout is as it is", () => {
  const codec = learned(undefined);
  expect(codec.parse([7, 1, [1, { a: 2 }]])).toMatchObject({ payload: { payload: [1, { a: 2 }] } });
});

test("a mask says which members are absent, from the first to the 31st", () => {
  const members = Array.from({ length: 33 }, (_value, index) => `m${index}`);
  const codec = learned({ members, sparse: true });
  const values = Array.from({ length: 31 }, (_value, index) => index);
  expect(Object.keys((codec.parse([7, 1, [2 ** 30 + 1, ...values]]) as Update).payload.payload)).toEqual(
    members.filter((name) => name !== "m0" && name !== "m30"),
  );
  expect(() => codec.parse([7, 1, [2 ** 30 + 1, ...values, 0]])).toThrow("do not match");
  expect(() => codec.parse([7, 1, []])).toThrow("do not match");
});

interface Update {
  readonly payload: { readonly payload: object };
}

test("after two failed attempts one is made without subprotocols, as a browser needs it for a legacy server", () => {
  const { clock, offers, last } = setUpCompact();
  const both = ["trading.v2.compact", "trading.v2"];
  const fail = () => {
    last().end();
    clock.advance(1);
  };
  fail();
  fail();
  expect(offers).toEqual([both, both, undefined]);
  fail();
  fail();
  last().welcome();
  fail();
  fail();
  fail();
  expect(offers.slice(3)).toEqual([both, both, both, both, undefined]);
});

test("a legacy server is not offered subprotocols again", () => {
  const { clock, offers, last } = setUpCompact();
  for (let attempt = 0; attempt < 2; attempt++) {
    last().end();
    clock.advance(1);
  }
  last().accept();
  last().say({ type: "bars.subscribe.response", payload: { status: "ok", message: "", topic: TOPIC } });
  for (let attempt = 0; attempt < 3; attempt++) {
    last().end();
    clock.advance(60_000);
  }
  expect(offers.length).toBeGreaterThan(3);
  expect(offers.slice(2).every((offer) => offer === undefined)).toBe(true);
});
