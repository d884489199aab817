import type { PlacedOrder } from "@trading/topic";
import { expect, test } from "vitest";
import { RestError } from "../../src/rest/index.js";
import { type CommandKind, createCommand, pendingCommandsOf, withPending } from "../../src/stores/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

interface Input {
  readonly qty: number;
}

/** Creates a command whose replies the test decides: a string is an order's id. */
function start(outcomes: (string | Error | Promise<string>)[], retries = 2) {
  const { client } = setUp();
  const pending = pendingCommandsOf(client);
  const keys: string[] = [];
  const shown: string[] = [];
  pending.readers.add(() =>
    shown.push(
      pending
        .get()
        .map(({ isPending }) => (isPending ? "pending" : "done"))
        .join(),
    ),
  );
  const kind: CommandKind<Input, string> = {
    async send(_, key) {
      keys.push(key);
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome as string | Promise<string>;
    },
    pendingOf: ({ qty }) => ({ kind: "place", accountId: "A-1", order: { qty } }),
    orderIdOf: (id) => id,
  };
  return { command: createCommand(kind, pending, { retries, retryDelayMs: 0 }), keys, shown, pending, client };
}

/** Returns a reply that the test settles. */
function deferred() {
  let resolve: (id: string) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<string>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

const lost = () => new RestError("no_reply", "No reply");
const refusal = () => new RestError("no_funds", "Not enough margin");

test("is pending until the reply, and one command for two clicks", async () => {
  const { command, keys, shown } = start(["7"]);
  const both = [command.run({ qty: 1 }), command.run({ qty: 1 })];
  expect(command.get()).toMatchObject({ status: "pending", input: { qty: 1 } });
  expect(await Promise.all(both)).toMatchObject([{ status: "done", reply: "7" }, { status: "done" }]);
  expect([keys.length, shown]).toEqual([1, ["pending", "done"]]);
});

test("rolls back when the server refuses", async () => {
  const { command, shown, keys } = start([refusal(), "8"]);
  expect(await command.run({ qty: 1 })).toMatchObject({ status: "refused", error: { message: "Not enough margin" } });
  expect(shown).toEqual(["pending", ""]);
  // Another order, with another key.
  await command.run({ qty: 1 });
  expect(keys[0]).not.toBe(keys[1]);
});

test("repeats a command whose reply was lost with the same key", async () => {
  const { command, keys } = start([lost(), new TypeError("fetch failed"), "7"]);
  expect(await command.run({ qty: 1 })).toMatchObject({ status: "done", reply: "7" });
  expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
});

test("an unknown outcome keeps its key for a retry and for the same input", async () => {
  const { command, keys } = start([lost(), lost(), "7"], 0);
  expect(await command.run({ qty: 1 })).toMatchObject({ status: "unknown", error: { code: "no_reply" } });
  await command.retry();
  await command.run({ qty: 1 });
  expect([command.get().status, keys.length, new Set(keys).size]).toEqual(["done", 3, 1]);

  const other = start([lost(), "8"], 0);
  await other.command.run({ qty: 1 });
  await other.command.run({ qty: 2 });
  expect(new Set(other.keys).size).toBe(2);
});

test("a command that the next user must not repeat is unknown, and the same input is then a new one", async () => {
  const changed = () => new RestError("user_changed", "The user changed");
  const { command, keys, shown } = start([lost(), changed(), "8"]);
  expect(await command.run({ qty: 1 })).toMatchObject({ status: "unknown", error: { code: "user_changed" } });
  expect([keys.length, shown.at(-1)]).toEqual([2, ""]);
  expect((await command.retry()).status).toBe("unknown");
  expect(keys).toHaveLength(2);
  await command.run({ qty: 1 });
  expect([command.get().status, new Set(keys).size]).toEqual(["done", 2]);

  const unsent = start([changed()]);
  expect((await unsent.command.run({ qty: 1 })).status).toBe("refused");
});

test("a logout empties the pending list, also of a reply that arrives later", async () => {
  const reply = deferred();
  const { command, pending, client } = start(["7", reply.promise]);
  await command.run({ qty: 1 });
  const second = command.run({ qty: 2 });
  expect(pending.get()).toHaveLength(2);
  client.logout();
  expect(pending.get()).toEqual([]);
  reply.resolve("8");
  // Its caller gets the outcome, the next user does not.
  expect(await second).toMatchObject({ status: "done", reply: "8" });
  expect([pending.get(), command.get().status]).toEqual([[], "idle"]);
});

test("the next user's command is idle, and is sent while one of the user before is pending", async () => {
  const reply = deferred();
  const { command, keys, client } = start([reply.promise, "8"]);
  const before = command.run({ qty: 1 });
  client.logout();
  expect(command.get()).toEqual({ status: "idle" });
  expect(await command.run({ qty: 1 })).toMatchObject({ status: "done", reply: "8" });
  expect(new Set(keys).size).toBe(2);
  reply.reject(refusal());
  expect((await before).status).toBe("refused");
  expect(command.get()).toMatchObject({ status: "done", reply: "8" });
});

test("the end of a command of the user before leaves the next user's one pending, so a second click sends nothing", async () => {
  const [first, second] = [deferred(), deferred()];
  const { command, keys, client } = start([first.promise, second.promise]);
  const before = command.run({ qty: 1 });
  client.logout();
  const next = command.run({ qty: 2 });
  first.resolve("7");
  await before;
  const again = command.run({ qty: 2 });
  second.resolve("8");
  expect([await next, await again]).toMatchObject([{ reply: "8" }, { reply: "8" }]);
  expect(keys).toHaveLength(2);
});

test("the next user does not repeat a command whose reply was lost", async () => {
  const reply = deferred();
  const { command, keys, client } = start([reply.promise, lost(), "9"]);
  const waiting = command.run({ qty: 1 });
  reply.reject(lost());
  client.logout();
  expect(await waiting).toMatchObject({ status: "unknown", error: { code: "no_reply" } });
  expect(keys).toHaveLength(1);

  const other = start([lost(), "8"], 0);
  await other.command.run({ qty: 1 });
  other.client.logout();
  expect((await other.command.retry()).status).toBe("idle");
  await other.command.run({ qty: 1 });
  expect(new Set(other.keys).size).toBe(2);
});

test("retry and reset have no effect without an unknown or finished command", async () => {
  const { command, keys } = start(["7"]);
  expect(await command.retry()).toMatchObject({ status: "idle" });
  await command.run({ qty: 1 });
  expect((await command.retry()).status).toBe("done");
  command.reset();
  expect([command.get().status, keys.length]).toEqual(["idle", 1]);
  await tick();
});

test("withPending shows new orders, changed terms and cancellations of the account", () => {
  const order = (id: string): PlacedOrder => ({
    id,
    symbol: "AAPL",
    type: 1,
    side: 1,
    qty: 1,
    status: 6,
    limitPrice: 5,
  });
  const orders = [order("1"), order("2")];
  const base = { accountId: "A-1", isPending: true };
  const all = withPending(
    orders,
    [
      { ...base, kind: "modify", key: "a", orderId: "1", order: { limitPrice: 6 } },
      { ...base, kind: "cancel", key: "b", orderId: "2" },
      { ...base, kind: "place", key: "c", order: { symbol: "MSFT", qty: 3 } },
      { ...base, kind: "place", key: "d", orderId: "2", isPending: false, order: { qty: 3 } },
      { ...base, kind: "place", key: "e", accountId: "B-1", order: { qty: 3 } },
    ],
    "A-1",
  );
  expect(all.map(({ id, limitPrice, status, pending }) => [id, limitPrice, status, pending])).toEqual([
    ["1", 6, 6, "modify"],
    ["2", 5, 6, "cancel"],
    ["c", undefined, 4, "place"],
  ]);
  expect(withPending(orders, [], "A-1")).toBe(orders);
});
