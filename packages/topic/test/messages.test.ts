import {
  bars,
  encodeMessage,
  errorPayload,
  parseMessage,
  sessionMessages,
  subscriptionReply,
  TopicError,
  updatePayload,
} from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomRuns } from "./helpers/seed.js";

describe("parseMessage", () => {
  test("parses frames and drops unknown members", () => {
    const frame = '{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"},"id":7}';
    expect(parseMessage(frame)).toEqual({
      type: "bars.subscribe",
      payload: { symbol: "AAPL", resolution: "1" },
      id: 7,
    });
    expect(parseMessage('{"type":"ping"}')).toEqual({ type: "ping" });
    expect(parseMessage('{"type":"a","resume":{"epoch":"e","offset":3},"more":1}')).toEqual({
      type: "a",
      resume: { epoch: "e", offset: 3 },
    });
  });

  test.each([
    ["text that is not JSON", "not json"],
    ["an empty text", ""],
    ["an array", "[]"],
    ["null", "null"],
    ["a missing type", "{}"],
    ["a type that is not a string", '{"type":1}'],
    ["an empty type", '{"type":""}'],
    ["a long id", JSON.stringify({ type: "a", id: "x".repeat(65) })],
    ["an id with a fraction", '{"type":"a","id":1.5}'],
    ["an id beyond 2^53", '{"type":"a","id":9007199254740993}'],
    ["a negative offset", '{"type":"a","resume":{"epoch":"e","offset":-1}}'],
    ["a text that is too long", JSON.stringify({ type: "a", payload: "x".repeat(65_536) })],
    ["arrays that are too deep", `{"type":"a","payload":${"[".repeat(32)}${"]".repeat(32)}}`],
    ["a type whose length cannot be converted to a number", '{"type":{"length":{"toString":0}}}'],
    ["an id whose length cannot be converted to a number", '{"type":"a","id":{"length":{"toString":0,"valueOf":0}}}'],
    [
      "an epoch whose length cannot be converted to a number",
      '{"type":"a","resume":{"epoch":{"length":{"toString":0}},"offset":0}}',
    ],
    ["arrays that are far too deep", `${"[".repeat(30_000)}`],
  ])("rejects %s", (_, frame) => {
    expect(() => parseMessage(frame)).toThrow(expect.objectContaining({ name: "TopicError", code: "invalid_message" }));
  });

  test("ignores brackets in strings, and applies the limits of its options", () => {
    const frame = JSON.stringify({ type: "a", payload: `\\"${"[{".repeat(100)}` });
    expect(parseMessage(frame).payload).toContain("[{[{");
    expect(parseMessage(`{"type":"a","payload":${"[".repeat(40)}${"]".repeat(40)}}`, { maxDepth: 0 })).toBeTruthy();
    expect(() => parseMessage('{"type":"abc"}', { maxLength: 5 })).toThrow("longer than 5 characters");
  });

  test("throws only TopicError", () => {
    const mutated = fc.tuple(fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3)).map(([at, insert, remove]) => {
      const frame = '{"type":"bars.update","payload":{"topic":"t","payload":{"a":[1,2,null]}},"id":"x"}';
      const position = at % frame.length;
      return frame.slice(0, position) + insert + frame.slice(position + remove);
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: "binary" }), fc.json()), (frame) => {
        try {
          expect(typeof parseMessage(frame).type).toBe("string");
        } catch (error) {
          expect(error).toBeInstanceOf(TopicError);
        }
      }),
      randomRuns(2000),
    );
  });

  test("does not pollute prototypes by a member named __proto__", () => {
    const message = parseMessage('{"type":"a","payload":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((message as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test("encodeMessage writes frames that parseMessage parses", () => {
  const message = { type: "bars.update", payload: { topic: bars.topic({ symbol: "é", resolution: "D" }) }, id: "a" };
  expect(parseMessage(encodeMessage(message))).toEqual(message);
});

describe("payload schemas", () => {
  test("accept replies of the base protocol and of the session extension", () => {
    const ok = { status: "ok", message: "Subscribed", topic: "bars:{}" };
    expect(subscriptionReply.parse(ok)).toEqual(ok);
    const resumed = { ...ok, epoch: "e1", retention: "keyed", offset: 0, snapshot: true };
    expect(subscriptionReply.parse(resumed)).toEqual(resumed);
    expect(subscriptionReply.parse({ status: "error", message: "no", topic: "" })).toBeTruthy();
    expect(subscriptionReply.safeParse({ status: "maybe", message: "", topic: "" }).success).toBe(false);
  });

  test("validate updates by the route's schema", () => {
    const schema = updatePayload(bars.update as never);
    const bar = { time: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    expect(schema.parse({ topic: "t", payload: bar, offset: 3 })).toEqual({ topic: "t", payload: bar, offset: 3 });
    expect(schema.safeParse({ topic: "t", payload: {} }).success).toBe(false);
    expect(schema.safeParse({ topic: "t", payload: bar, offset: -1 }).success).toBe(false);
  });

  test("validate session messages", () => {
    const welcome = {
      connectionId: "c1",
      protocol: 2,
      heartbeatIntervalMs: 30_000,
      maxConnectionLifespanMs: 3_600_000,
      serverTime: 1_700_000_000_000,
      server: "trading/0.1.0",
    };
    expect(sessionMessages["session.welcome"].parse(welcome)).toEqual(welcome);
    expect(sessionMessages["session.welcome"].safeParse({ ...welcome, protocol: 1 }).success).toBe(false);
    expect(errorPayload.safeParse({ code: "x", message: "m", retryable: true, retryAfterMs: 250 }).success).toBe(true);
    expect(sessionMessages["auth.login"].safeParse({ token: "" }).success).toBe(false);
  });
});

test.each([
  '{"type":{"length":{}}}',
  '{"type":{"length":{"toString":0}}}',
  '{"type":{"length":{"toString":null,"valueOf":null}},"payload":{}}',
  '{"type":"a","id":{"length":{"toString":0,"valueOf":0}}}',
])("an envelope with a member whose length is an object is invalid, and zod's error stays inside: %s", (text) => {
  expect(() => parseMessage(text)).toThrow(expect.objectContaining({ name: "TopicError", code: "invalid_message" }));
});
