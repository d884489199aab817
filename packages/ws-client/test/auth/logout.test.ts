import { orders, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { ClientOptions, TokenReason } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const ACCOUNT = { accountId: "A-1" };
const ORDERS = 'orders:{"accountId":"A-1"}';
const AAPL = { symbol: "AAPL" };
const TRADES = 'trades:{"symbol":"AAPL"}';

/** An application in which a user can sign in and out, with a listener of the orders and one of the trades. */
function setUpApp(user: string | null = "ann", options: Partial<ClientOptions> = {}) {
  const app = { user };
  const reasons: TokenReason[] = [];
  const set = setUp({
    getToken: ({ reason }) => {
      reasons.push(reason);
      return app.user && `token of ${app.user}`;
    },
    ...options,
  });
  const shown: string[] = [];
  const statuses: string[] = [];
  const fills: string[] = [];
  set.client.subscribe(orders, ACCOUNT, {
    onUpdate: ({ id }) => shown.push(id),
    onStatus: ({ state }) => statuses.push(state),
    onReset: () => shown.splice(0),
  });
  set.client.subscribe(trades, AAPL, ({ id }) => fills.push(id));
  const { network } = set;
  const last = (type: string) => network.socket.sent.findLast((frame) => frame.type === type);
  return {
    ...set,
    app,
    reasons,
    shown,
    statuses,
    fills,
    last,
    /** The server accepts the last login. */
    async accept(subject: string) {
      await tick();
      expect(last("auth.login")).toMatchObject({ payload: { token: `token of ${subject}` } });
      network.socket.say({
        type: "auth.login.response",
        payload: { status: "ok", message: "", subject },
        id: last("auth.login")?.id,
      });
      await tick();
    },
    /** The server confirms the orders, and sends these. */
    sendOrders(epoch: string, ...ids: string[]) {
      network.socket.confirm(last("orders.subscribe"), ORDERS, {
        epoch,
        offset: 0,
        retention: "keyed",
        snapshot: true,
      });
      for (const [index, id] of ids.entries()) network.socket.update(ORDERS, { id }, index + 1);
      network.socket.current(ORDERS, epoch, ids.length);
    },
  };
}

test("login() sends the private topics that were refused for a visitor, on the same connection", async () => {
  const { client, network, app, reasons, last, accept, sendOrders, shown, statuses, fills } = setUpApp(null);
  network.socket.welcome();
  await tick();
  network.socket.confirm(last("trades.subscribe"), TRADES, { epoch: "t", offset: 0, retention: "log" });
  network.socket.refuse(last("orders.subscribe"), { code: "unauthorized", topic: ORDERS });
  app.user = "ann";
  client.login();
  network.socket.update(TRADES, { id: "1" }, 1);
  await accept("ann");
  sendOrders("e1", "order of ann");
  network.socket.update(TRADES, { id: "2" }, 2);
  expect(network.sockets).toHaveLength(1);
  expect(reasons).toEqual(["connect", "login"]);
  expect(shown).toEqual(["order of ann"]);
  expect(fills).toEqual(["1", "2"]);
  expect(statuses).toEqual(["pending", "error", "pending", "syncing", "live"]);
});

test("logout() drops private data immediately, and resumes public topics on a connection without a user", async () => {
  const { client, network, clock, reasons, last, accept, sendOrders, shown, fills, errors } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  network.socket.confirm(last("trades.subscribe"), TRADES, { epoch: "t", offset: 0, retention: "log" });
  network.socket.update(TRADES, { id: "1" }, 1);
  sendOrders("e1", "order of ann");
  expect(shown).toEqual(["order of ann"]);
  const queued = client.request({ name: "orders.place", access: "private" }, {});

  client.logout();
  expect(shown).toEqual([]);
  await expect(queued).rejects.toMatchObject({ code: "connection_lost" });
  expect(network.socket.closedByClient).toBe(true);
  const late: string[] = [];
  client.subscribe(orders, ACCOUNT, ({ id }) => late.push(id));
  expect(late).toEqual([]);

  clock.advance(0);
  expect(network.sockets).toHaveLength(2);
  network.socket.welcome();
  await tick();
  expect(reasons).toEqual(["connect"]);
  expect(last("auth.login")).toBeUndefined();
  expect(last("orders.subscribe")).not.toHaveProperty("resume");
  expect(last("trades.subscribe")).toMatchObject({ resume: { epoch: "t", offset: 1 } });
  network.socket.confirm(last("trades.subscribe"), TRADES, {
    epoch: "t",
    offset: 1,
    retention: "log",
    recovered: true,
  });
  network.socket.update(TRADES, { id: "2" }, 2);
  expect(fills).toEqual(["1", "2"]);
  expect(errors).toEqual([]);
});

test("logout() drops the unread updates of a stream", async () => {
  const { client, network, clock, accept, sendOrders } = setUpApp();
  const stream = client.stream(orders, ACCOUNT);
  const first = stream.next();
  network.socket.welcome();
  await accept("ann");
  sendOrders("e1", "1 of ann", "2 of ann");
  expect(await first).toMatchObject({ value: { id: "1 of ann" } });
  client.logout();
  const next = stream.next();
  client.login();
  clock.advance(0);
  network.socket.welcome();
  await accept("ann");
  sendOrders("e2", "order of bob");
  expect(await next).toMatchObject({ value: { id: "order of bob" } });
  await stream.return();
});

test("does not call getToken between logout() and login()", async () => {
  const { client, network, clock, reasons, accept } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  client.logout();
  for (let connection = 0; connection < 3; connection++) {
    clock.advance(1_000);
    network.socket.welcome();
    await tick();
    network.socket.end();
  }
  expect(reasons).toEqual(["connect"]);
  client.login();
  clock.advance(10_000);
  network.socket.welcome();
  await accept("ann");
  expect(reasons).toEqual(["connect", "login"]);
});

test("a token of another user reconnects, and shows nothing of the first user to the second", async () => {
  const { client, network, clock, app, last, accept, sendOrders, shown } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  sendOrders("e1", "order of ann");
  app.user = "bob";
  client.login();
  await tick();
  network.socket.refuse(last("auth.login"), { code: "subject_changed" });
  expect(shown).toEqual([]);
  clock.advance(0);
  network.socket.welcome();
  await accept("bob");
  expect(last("orders.subscribe")).not.toHaveProperty("resume");
  sendOrders("e2", "order of bob");
  expect(shown).toEqual(["order of bob"]);
});

test.each([
  ["another user", "bob"],
  ["no user", null],
])("a reconnect with a token of %s drops private data", async (_, user) => {
  const { network, clock, app, last, accept, sendOrders, shown } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  sendOrders("e1", "order of ann");
  network.socket.end();
  expect(shown).toEqual(["order of ann"]);
  app.user = user;
  clock.advance(1_000);
  network.socket.welcome();
  if (user) await accept(user);
  await tick();
  expect(shown).toEqual([]);
  expect(last("orders.subscribe")).not.toHaveProperty("resume");
});

test("private topics wait for the login of another user after the login of the first was refused", async () => {
  const { client, network, clock, app, last, accept, sendOrders } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  sendOrders("e1", "order of ann");
  network.socket.end();
  clock.advance(1_000);
  network.socket.welcome();
  for (let time = 0; time < 2; time++) {
    await tick();
    network.socket.refuse(last("auth.login"), { code: "unauthorized" });
  }
  network.socket.refuse(last("orders.subscribe"), { code: "unauthorized", topic: ORDERS });
  const sent = network.socket.sent.length;
  app.user = "bob";
  client.login();
  await tick();
  client.subscribe(orders, ACCOUNT, () => {});
  await tick();
  expect(network.socket.sent.slice(sent).map(({ type }) => type)).toEqual(["auth.login"]);
  await accept("bob");
  expect(last("orders.subscribe")).not.toHaveProperty("resume");
});

test("a private request that waits for the connection is not sent for another user", async () => {
  const { client, network, clock, app, last, accept } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  network.socket.end();
  const order = client.request({ name: "orders.place", access: "private" }, {}, { queue: { id: "1", ttlMs: 60_000 } });
  client.logout();
  await expect(order).rejects.toMatchObject({ code: "offline", message: expect.stringContaining("user changed") });
  app.user = "bob";
  client.login();
  clock.advance(1_000);
  network.socket.welcome();
  await accept("bob");
  expect(last("orders.place")).toBeUndefined();
});

test("without getToken, login() and logout() reconnect, because the handshake identifies the user", async () => {
  const { client, network, clock, sendOrders, shown } = setUpApp("ann", { getToken: undefined as never });
  network.socket.welcome();
  await tick();
  sendOrders("e1", "order of ann");
  client.logout();
  expect(shown).toEqual([]);
  clock.advance(0);
  expect(network.sockets).toHaveLength(2);
  network.socket.welcome();
  await tick();
  sendOrders("e2", "order of bob");
  client.login();
  expect(shown).toEqual([]);
  clock.advance(0);
  expect(network.sockets).toHaveLength(3);
});

test("a listener of the state that connects again keeps the login alive", async () => {
  const { client, network, accept, sendOrders, shown } = setUpApp();
  network.socket.welcome();
  await accept("ann");
  client.onState(({ status }) => status === "connecting" && client.connect());
  network.socket.end();
  expect(network.sockets).toHaveLength(2);
  network.socket.welcome();
  await accept("ann");
  sendOrders("e2", "order of ann");
  expect(shown).toContain("order of ann");
});

test("reports to taps that the user has changed, not that the same one logs in again", async () => {
  const { client, network, app, accept } = setUpApp();
  let resets = 0;
  client.tap(({ kind }) => {
    if (kind === "reset") resets++;
  });
  network.socket.welcome();
  await accept("ann");
  client.login();
  await accept("ann");
  expect(resets).toBe(0);
  app.user = "bob";
  client.login();
  await accept("bob");
  expect(resets).toBe(1);
  client.logout();
  expect(resets).toBe(2);
});
