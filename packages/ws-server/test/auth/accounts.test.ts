import fc from "fast-check";
import { expect, test } from "vitest";
import { ORDERS_OF_ANN, order } from "../helpers/data.js";
import { startMarket } from "../helpers/market.js";
import { NetworkClient } from "../helpers/network-client.js";

const TRIES = 10_000;
/** The printed seed, passed as ACCOUNT_SEED, repeats a run. */
const SEED = Number(process.env.ACCOUNT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Strings that an imprecise comparison mistakes for "ann". */
const alias = fc.oneof(
  fc.constantFrom(
    "ann",
    "ANN",
    "Ann",
    " ann",
    "ann ",
    "ann\u0000",
    "a\u200bnn",
    "ａｎｎ",
    "аnn",
    "\ufeffann",
    "ann\n",
    "bob",
  ),
  fc.constantFrom(
    '","accountId":"ann',
    "ann/../ann",
    "%61nn",
    "\\u0061nn",
    'orders:{"accountId":"ann"}',
    "*",
    "",
    "__proto__",
  ),
  fc.string({ unit: "binary", maxLength: 4 }).map((text) => `ann${text}`),
  fc.string({ unit: fc.constantFrom("a", "n", "A", "N", "а", "\u0301", "\u202e"), maxLength: 6 }),
);

/** The same strings in different JSON notations. */
const written = alias.chain((text) =>
  fc.constantFrom(
    JSON.stringify(text),
    `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`,
  ),
);

const value = fc.oneof(
  { weight: 6, arbitrary: written },
  { weight: 1, arbitrary: fc.constantFrom("1", "null", "true", "1e400", "-0", "[]", "{}") },
  { weight: 1, arbitrary: written.map((text) => `[${text}]`) },
  { weight: 1, arbitrary: written.map((text) => `{"accountId":${text}}`) },
  { weight: 1, arbitrary: written.map((text) => `{"toString":${text},"length":3}`) },
);

const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('"accountId"', '"\\u0061ccountId"') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"AccountId"', '"accountId "', '"account_id"', '"__proto__"', '"constructor"'),
  },
  { weight: 1, arbitrary: fc.constantFrom('"symbol"', '"topic"', '"x"') },
);

/** JSON objects with members in any order, including repeated and unknown ones. */
const payload = fc
  .array(fc.tuple(key, value), { minLength: 1, maxLength: 4 })
  .map((members) => `{${members.map(([name, of]) => `${name}:${of}`).join()}}`);

const request = fc.record({
  type: fc.constantFrom("orders.subscribe", "executions.subscribe", "orders.unsubscribe"),
  payload,
  /** The position from which the other user resumes: guessed, stolen or none. */
  resume: fc.constantFrom("none", "none", "right", "start", "wrong"),
});

test(`3.8 no spelling of its parameters discloses an account to another user, ${TRIES} tries (seed ${SEED})`, async () => {
  const allowed = new Map<string, Set<string>>();
  const { server, session, sources } = await startMarket({
    heartbeatIntervalMs: 0,
    maxErrors: 0,
    maxRequestsPerSecond: 0,
    authorize: (principal, _target, params) => {
      const { subject = "" } = principal ?? {};
      const { accountId } = params as { accountId: string };
      const isOwn = subject === accountId;
      if (isOwn) allowed.set(subject, (allowed.get(subject) ?? new Set()).add(accountId));
      return isOwn;
    },
  });
  const [ann, bob] = [await NetworkClient.session(session, "ann"), await NetworkClient.session(session, "bob")];
  const { payload: position } = await ann.request({ type: "orders.subscribe", payload: { accountId: "ann" } });
  const executions = await ann.until("subscription.current").then(() => {
    ann.subscribe("executions", { accountId: "ann", symbol: null });
    return ann.next();
  });
  let secrets = 0;
  const publish = () => {
    sources.orders.publish({ ...order(`${secrets}`), symbol: "SECRET" }, ORDERS_OF_ANN);
    const execution = { symbol: "SECRET", price: 1, qty: 1, side: 1 as const, time: ++secrets, commission: 0 };
    expect(sources.executions.publish(execution, executions.payload.topic)).toBe(true);
  };
  publish();
  const epochs = { right: position.epoch, start: position.epoch, wrong: "e", none: "" };
  const requests = fc.sample(request, { numRuns: TRIES, seed: SEED });
  for (const [index, { type, payload: text, resume }] of requests.entries()) {
    const at = `{"epoch":${JSON.stringify(epochs[resume])},"offset":${resume === "right" ? 1 : 0}}`;
    bob.send(`{"type":"${type}","payload":${text}${resume === "none" ? "" : `,"resume":${at}`},"id":${index}}`);
    if (index % 500 === 499) {
      publish();
      await bob.settled();
    }
  }
  await bob.settled();
  await ann.settled();

  // Bob got a reply to each request, subscribed to his own topics, and received none of Ann's updates.
  const replied = new Set(bob.messages.map(({ id, payload: reply }) => id ?? reply.id));
  const unreplied = requests.filter((_, index) => !replied.has(index));
  // The error for a request whose envelope is invalid has no id.
  const withoutId = bob.messages.filter(({ type, payload: reply }) => type === "error" && reply.id === undefined);
  expect(unreplied.length).toBe(withoutId.length);
  expect(bob.frames.filter((frame) => frame.includes("SECRET"))).toEqual([]);
  const succeeded = bob.messages.filter(({ payload: reply }) => reply.status === "ok");
  expect(succeeded.length).toBeGreaterThan(100);
  expect([...allowed]).toEqual([
    ["ann", new Set(["ann"])],
    ["bob", new Set(["bob"])],
  ]);
  const topicsOfBob = server.connections.find(({ subject }) => subject === "bob")?.topics ?? [];
  expect(topicsOfBob.filter((topic) => !topic.includes('"accountId":"bob"'))).toEqual([]);
  expect(ann.frames.filter((frame) => frame.includes("SECRET"))).toHaveLength(2 * secrets);
});
