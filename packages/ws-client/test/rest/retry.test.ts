import { ManualClock } from "@trading/topic/testing";
import { expect, test } from "vitest";
import { createRest, type Order, type RestError, type RestOptions } from "../../src/rest/index.js";
import { tick } from "../helpers/memory-network.js";

const ORDER: Order = { id: "1", symbol: "A", type: 1, side: -1, qty: 2, status: 6, limitPrice: 5 };

const lost = () => Promise.reject(new TypeError("fetch failed"));
const ok = async () => Response.json({});
const busy =
  (headers: Record<string, string> = {}) =>
  async () =>
    Response.json(
      { code: "busy" },
      { status: 503, headers: { "content-type": "application/problem+json", ...headers } },
    );

/** Creates a REST client whose attempts have the given outcomes. */
function start(outcomes: (() => Promise<Response>)[], options: Partial<RestOptions> = {}) {
  const clock = new ManualClock();
  const keys: (string | null)[] = [];
  const tokens: (string | null)[] = [];
  const rest = createRest({
    baseUrl: "https://example.com",
    clock,
    retry: 2,
    fetch: async (_, init) => {
      const headers = new Headers(init?.headers);
      keys.push(headers.get("idempotency-key"));
      tokens.push(headers.get("authorization"));
      return (outcomes.shift() ?? ok)();
    },
    ...options,
  });
  /** Advances through all waits. */
  const settle = async <Reply>(reply: Promise<Reply>): Promise<Reply | RestError> => {
    let result: Reply | RestError | undefined;
    let isSettled = false;
    const end = (value: Reply | RestError) => {
      result = value;
      isSettled = true;
    };
    reply.then(end, end);
    for (let count = 0; count < 100 && !isSettled; count++) {
      await tick();
      clock.advance(1_000);
    }
    return result as Reply | RestError;
  };
  return { rest, clock, keys, tokens, settle };
}

test("sends a key with each command, the same in each attempt, and none with a read or a preview", async () => {
  const { rest, keys, settle } = start([lost, lost]);
  await settle(rest.placeOrder("T-1", ORDER));
  expect([keys.length, new Set(keys).size, keys[0]?.length]).toEqual([3, 1, 32]);
  keys.splice(0);
  await rest.modifyOrder("T-1", ORDER);
  await rest.cancelOrder("T-1", "1");
  await rest.closePosition("T-1", "1");
  await rest.editPositionBrackets("T-1", "1", {});
  await rest.setLeverage("T-1", { symbol: "A", orderType: 1, side: 1, leverage: 2 });
  await rest.placeOrder("T-1", ORDER, undefined, "mine");
  expect([new Set(keys).size, keys.at(-1)]).toEqual([6, "mine"]);
  keys.splice(0);
  await rest.previewOrder("T-1", ORDER);
  await rest.orders("T-1");
  expect(keys).toEqual([null, null]);
});

test("does not say that a preview may have been executed, and repeats it", async () => {
  const none = start([lost], { retry: 0 });
  expect(await none.settle(none.rest.previewOrder("T-1", ORDER))).toMatchObject({
    name: "RestError",
    message: "POST /broker/orders/preview failed: the server is unreachable",
    retryable: true,
  });
  const { rest, settle, keys } = start([lost]);
  expect(await settle(rest.previewOrder("T-1", ORDER))).toEqual({});
  expect(keys).toHaveLength(2);
});

test("waits as long as the server says, and no longer than the signal", async () => {
  const { rest, clock, keys } = start([busy({ "retry-after": "3" })]);
  const reply = rest.orders("T-1");
  await tick();
  clock.advance(2_999);
  await tick();
  expect(keys).toHaveLength(1);
  clock.advance(1);
  await reply;
  expect(keys).toHaveLength(2);

  const other = start([busy()]);
  const aborter = new AbortController();
  const aborted = other.rest.orders("T-1", aborter.signal).catch((error: unknown) => error);
  await tick();
  aborter.abort("left");
  expect([await aborted, other.clock.pending]).toEqual(["left", 0]);
});

test("repeats no refusal, no command without a key, and nothing by default", async () => {
  const refused = start([async () => Response.json({ code: "no_funds" }, { status: 422 })]);
  await refused.settle(refused.rest.placeOrder("T-1", ORDER));
  const keyless = start([lost], { idempotencyKeys: false });
  await keyless.settle(keyless.rest.placeOrder("T-1", ORDER));
  const once = start([lost], { retry: 0 });
  await once.settle(once.rest.orders("T-1"));
  expect([refused.keys.length, keyless.keys, once.keys.length]).toEqual([1, [null], 1]);
});

test("does not repeat a command with the token of the next user, and says that it may have been executed", async () => {
  let user = "ann";
  const { rest, keys, tokens, settle } = start([lost], { getToken: () => user });
  const order = rest.placeOrder("T-1", ORDER, undefined, "key");
  await tick();
  user = "bob";
  rest.logout();
  expect(await settle(order)).toMatchObject({ code: "unreachable" });
  const repeated = await settle(rest.placeOrder("T-1", ORDER, undefined, "key"));
  expect(repeated).toMatchObject({ code: "user_changed", message: expect.stringContaining("may have executed it") });
  expect(tokens).toEqual(["Bearer ann"]);
  await settle(rest.placeOrder("T-1", ORDER, undefined, "another key"));
  expect([tokens.at(-1), keys.at(-1)]).toEqual(["Bearer bob", "another key"]);
});

test("a key whose command has a reply is free for the next user", async () => {
  let user = "ann";
  const refused = async () => Response.json({ code: "no_funds" }, { status: 422 });
  const { rest, tokens, settle } = start([lost, ok, lost, refused], { getToken: () => user });
  for (const key of ["a", "b"]) await settle(rest.placeOrder("T-1", ORDER, undefined, key));
  user = "bob";
  rest.logout();
  for (const key of ["a", "b"]) expect(await settle(rest.placeOrder("T-1", ORDER, undefined, key))).toEqual({});
  expect(tokens.slice(-2)).toEqual(["Bearer bob", "Bearer bob"]);
});

test("does not repeat a command that the server cannot recognize, also if it is sent again with its key", async () => {
  const { rest, keys, settle } = start([lost], { idempotencyKeys: false });
  expect(await settle(rest.placeOrder("T-1", ORDER, undefined, "key"))).toMatchObject({ code: "unreachable" });
  expect(await settle(rest.placeOrder("T-1", ORDER, undefined, "key"))).toMatchObject({ code: "in_doubt" });
  expect(keys).toEqual([null]);
});
