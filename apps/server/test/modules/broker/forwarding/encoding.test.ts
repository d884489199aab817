import { SourceError } from "@trading/ws-server";
import { expect, test } from "vitest";
import { Refusal } from "../../../../src/modules/broker/engine/refusal.js";
import { callHandler } from "../../../../src/modules/broker/forwarding/call-handler.js";
import type { BrokerCalls } from "../../../../src/modules/broker/forwarding/calls.js";
import {
  encodeCall,
  encodeOutcome,
  parseCall,
  parseOutcome,
} from "../../../../src/modules/broker/forwarding/encoding.js";
import { seededRandom } from "../crash/seeded-random.js";

test("amounts, refusals and texts that look like them are read as they were written", () => {
  const result = {
    amount: -(2n ** 70n),
    refusal: new Refusal("invalid_qty", "é"),
    missing: null,
    texts: ['{"$amount":"1"}', "$refusal", "1n"],
    nested: [{ zero: 0n }],
  };
  const read = parseOutcome(encodeOutcome({ result })) as { readonly result: typeof result };
  expect(read).toEqual({ result });
  expect(read.result.refusal).toBeInstanceOf(Refusal);
  const error = new SourceError("too_busy", "Busy", { retryable: true });
  expect(parseOutcome(encodeOutcome({ error }))).toEqual({ error });
});

test.each([
  ["a call that does not exist", '["close",[]]', /Invalid option/],
  ["a member of Object", '["constructor",[]]', /Invalid option/],
  ["a missing argument", '["place",["A-1"]]', /expected/i],
  ["too many arguments", '["snapshot",["A-1","A-2"]]', /Too big/],
  ["another type", '["snapshot",[{"length":1}]]', /expected string/],
  [
    "an unknown member",
    '["preview",["A-1",{"symbol":"AAPL","type":2,"side":1,"qty":1,"admin":true}]]',
    /Unrecognized key/,
  ],
  ["too many rows", '["executions",["A-1",null,1001]]', /Too big/],
])("%s is refused", (_, body, problem) => {
  expect(() => parseCall(body)).toThrow(problem);
});

test("calls with random changes are executed with arguments of the right types, or refused", async () => {
  const seed = 20_261_129;
  const random = seededRandom(seed);
  const order = {
    symbol: "AAPL",
    type: 1,
    side: 1,
    qty: 10,
    limitPrice: 90,
    timeInForce: "GTD",
    expiresAt: 5,
  } as const;
  const bodies = [
    encodeCall("place", ["A-1", order, "key"]),
    encodeCall("closePosition", ["A-1", "AAPL", undefined, "key"]),
    encodeCall("executions", ["A-1", undefined, 10]),
    encodeCall("halt", ["A-1", null]),
  ];
  const counts = { executed: 0, refused: 0 };
  const broker = new Proxy({} as BrokerCalls, {
    get: () => async (accountId: unknown) => {
      expect(accountId).toBeTypeOf("string");
      counts.executed++;
    },
  });
  const handle = callHandler(broker);
  for (let run = 0; run < 5_000; run++) {
    const bytes = Buffer.from(bodies[random(bodies.length)] as string);
    for (let edits = random(2); edits >= 0; edits--) bytes[random(bytes.length)] = 32 + random(96);
    await handle(bytes.toString()).catch((error: Error) => {
      expect(["ZodError", "SyntaxError"], `seed ${seed}, ${bytes}`).toContain(error.name);
      counts.refused++;
    });
  }
  expect(counts.executed).toBeGreaterThan(200);
  expect(counts.refused).toBeGreaterThan(200);
});
