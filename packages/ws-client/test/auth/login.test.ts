import { orders, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { GetToken, TapEvent, TokenReason } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const AAPL = { symbol: "AAPL" };
const ACCOUNT = { accountId: "A-1" };
const types = (socket: { sent: readonly { type: string }[] }) => socket.sent.map(({ type }) => type);

function withTokens(...answers: (string | null | Error | Promise<string>)[]) {
  const reasons: TokenReason[] = [];
  const signals: AbortSignal[] = [];
  const getToken: GetToken = ({ reason, signal }) => {
    reasons.push(reason);
    signals.push(signal);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { ...setUp({ getToken }), reasons, signals };
}

test("sends private topics after the login, and public ones before", async () => {
  const { client, network } = withTokens("t1");
  const { socket } = network;
  client.subscribe(orders, ACCOUNT, () => {});
  client.subscribe(trades, AAPL, () => {});
  await tick();
  socket.accept();
  expect(types(socket)).toEqual(["trades.subscribe"]);
  socket.welcome();
  expect(socket.sent[1]).toEqual({ type: "auth.login", payload: { token: "t1" }, id: 2 });
  expect(types(socket)).toEqual(["trades.subscribe", "auth.login"]);
  socket.say({ type: "auth.login.response", payload: { status: "ok", message: "" }, id: 2 });
  expect(types(socket)).toEqual(["trades.subscribe", "auth.login", "orders.subscribe"]);
});

test("fetches a token for each connection, and refreshes it before it expires", async () => {
  const { network, clock, reasons } = withTokens("t1", "t2", "t3");
  network.socket.welcome();
  await tick();
  network.socket.say({ type: "auth.login.response", payload: { status: "ok" }, id: 1 });
  network.socket.say({ type: "auth.expiring", payload: { expiresInMs: 30_000 } });
  await tick();
  expect(network.socket.sent[1]).toMatchObject({ type: "auth.login", payload: { token: "t2" } });
  network.socket.end();
  clock.advance(1_000);
  network.socket.welcome();
  await tick();
  expect(network.socket.sent[0]).toMatchObject({ payload: { token: "t3" } });
  expect(reasons).toEqual(["connect", "refresh", "connect"]);
});

test("fetches a new token after a refusal, and leaves private topics to the server after the second", async () => {
  const { client, network, reasons, errors } = withTokens("old", "worse");
  const { socket } = network;
  const { ready } = client.subscribe(orders, ACCOUNT, () => {});
  socket.welcome();
  await tick();
  socket.refuse(socket.sent[0], { code: "unauthorized", message: "No" });
  await tick();
  expect(reasons).toEqual(["connect", "rejected"]);
  socket.refuse(socket.sent[1], { code: "unauthorized", message: "No" });
  expect(errors).toMatchObject([{ code: "unauthorized" }]);
  socket.refuse(socket.sent[2], { code: "unauthorized", message: "Log in first" });
  await expect(ready).rejects.toMatchObject({ code: "unauthorized", message: "Log in first" });
});

test("requires a new token after a close because of an expired one", async () => {
  const { network, clock, reasons } = withTokens("t1", "t2");
  network.socket.welcome();
  await tick();
  network.socket.end(4202, "Token expired");
  clock.advance(1_000);
  expect(reasons).toEqual(["connect", "rejected"]);
});

test("reports an error of getToken, and calls it again", async () => {
  const { network, clock, reasons, errors } = withTokens(new Error("identity provider is down"), "t1");
  network.socket.welcome();
  await tick();
  expect(errors).toMatchObject([{ code: "token_failed", cause: { message: "identity provider is down" } }]);
  clock.advance(500);
  await tick();
  expect(types(network.socket)).toEqual(["auth.login"]);
  expect(reasons).toEqual(["connect", "connect"]);
});

test("does not use a token that was fetched for a lost connection", async () => {
  let answer = (_: string) => {};
  const slow = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const { network, clock, signals } = withTokens(slow, "t2");
  network.socket.welcome();
  network.socket.end();
  expect(signals[0]?.aborted).toBe(true);
  clock.advance(1_000);
  network.socket.welcome();
  answer("t1");
  await tick();
  expect(network.socket.sent).toMatchObject([{ payload: { token: "t2" } }]);
});

test("sends private topics without a login if there is no token", async () => {
  const { client, network } = withTokens(null);
  client.subscribe(orders, ACCOUNT, () => {});
  network.socket.welcome();
  await tick();
  expect(types(network.socket)).toEqual(["orders.subscribe"]);
});

test.each([
  [
    "whose first frame is another",
    (say: (message: object) => void) => say({ type: "x.update", payload: { topic: "x", payload: 1 } }),
  ],
  ["that sends no frame", (_: unknown, wait: (ms: number) => void) => wait(1_000)],
])("sends private topics without a login to a base server %s", async (_, lets) => {
  const { client, network, clock } = withTokens("t1");
  const { socket } = network;
  client.subscribe(orders, ACCOUNT, () => {});
  await tick();
  socket.accept();
  expect(types(socket)).toEqual([]);
  lets(
    (message) => socket.say(message),
    (ms) => clock.advance(ms),
  );
  expect(types(socket)).toEqual(["orders.subscribe"]);
});

test.each([
  [1_200, ["pending", "live"]],
  // The subscribe had no reply in time, and was reported.
  [3_600_000, ["pending", "error", "pending", "live"]],
])("logs in when the welcome comes %i ms late, and repeats what was refused before", async (lateMs, expected) => {
  const { client, network, clock, errors } = withTokens("t1");
  const { socket } = network;
  const statuses: string[] = [];
  client.subscribe(orders, ACCOUNT, { onStatus: ({ state }) => statuses.push(state) });
  await tick();
  socket.accept();
  const reply = client.request({ name: "orders.cancel", access: "private" }, {}, { timeoutMs: 0 });
  clock.advance(lateMs);
  expect(types(socket)).toEqual(["orders.subscribe", "orders.cancel"]);
  socket.welcome();
  // The server handled both before the login, and refuses them.
  socket.refuse(socket.sent[0], { code: "unauthorized", topic: 'orders:{"accountId":"A-1"}' });
  socket.refuse(socket.sent[1], { code: "unauthorized" });
  expect(types(socket).slice(2)).toEqual(["auth.login"]);
  socket.say({ type: "auth.login.response", payload: { status: "ok", message: "" }, id: socket.sent[2]?.id });
  expect(types(socket).slice(3)).toEqual(["orders.subscribe", "orders.cancel"]);
  socket.confirm(socket.sent[3], 'orders:{"accountId":"A-1"}');
  socket.say({ type: "orders.cancel.response", payload: { done: true }, id: socket.sent[4]?.id });
  expect(await reply).toEqual({ done: true });
  expect(statuses).toEqual(expected);
  expect(errors).toHaveLength(expected.length === 2 ? 0 : 1);
});

test.each([
  ["before the socket opens", false],
  ["after the welcome", true],
])("gives up on a getToken that never settles %s, and calls it again", async (_, isWelcome) => {
  const { client, network, clock, errors, signals } = withTokens(new Promise(() => {}), "t1");
  const { ready } = client.subscribe(orders, ACCOUNT, () => {});
  if (isWelcome) network.socket.welcome();
  await tick();
  clock.advance(9_999);
  expect(errors).toEqual([]);
  clock.advance(1);
  if (!isWelcome) clock.advance(500);
  expect(errors).toMatchObject([
    { code: "token_failed", retryable: true, message: expect.stringContaining("within 10000 ms") },
  ]);
  expect(signals[0]?.aborted).toBe(true);
  clock.advance(500);
  if (!isWelcome) network.socket.welcome();
  await tick();
  const login = network.socket.sent.find(({ type }) => type === "auth.login");
  expect(login).toMatchObject({ payload: { token: "t1" } });
  network.socket.say({ type: "auth.login.response", payload: { status: "ok", message: "" }, id: login?.id });
  network.socket.confirm(network.socket.sent.at(-1), 'orders:{"accountId":"A-1"}');
  await ready;
});

test("starts the backoff of getToken again after a success", async () => {
  const down = () => new Error("down");
  const { network, clock, reasons } = withTokens(down(), down(), "t1", down(), "t2");
  network.socket.welcome();
  for (const wait of [500, 1_000]) {
    await tick();
    clock.advance(wait);
  }
  await tick();
  network.socket.say({ type: "auth.login.response", payload: { status: "ok", message: "" }, id: 1 });
  network.socket.say({ type: "auth.expiring", payload: { expiresInMs: 1 } });
  await tick();
  expect(reasons).toHaveLength(4);
  clock.advance(500);
  expect(reasons).toHaveLength(5);
});

test("shows no token in a URL, tap or inspection", async () => {
  const events: TapEvent[] = [];
  const { client, network } = withTokens("secret-token");
  client.tap((event) => events.push(event));
  network.socket.welcome();
  await tick();
  expect(network.socket.sent[0]?.payload).toEqual({ token: "secret-token" });
  expect(events).toContainEqual({ kind: "sent", frame: '{"type":"auth.login","id":1}' });
  expect(JSON.stringify([events, network.socket.url, client.inspect()])).not.toContain("secret-token");
});

test("a login that another one has replaced makes the user known, if the server accepts it", async () => {
  const { client, network, errors } = withTokens("ann", "refused", "refused again");
  const { socket } = network;
  client.subscribe(orders, ACCOUNT, () => {});
  socket.welcome();
  await tick();
  client.login();
  await tick();
  expect(types(socket)).toEqual(["auth.login", "auth.login"]);
  socket.say({ type: "auth.login.response", payload: { status: "ok", subject: "ann" }, id: 1 });
  expect(types(socket).slice(2)).toEqual(["orders.subscribe"]);
  socket.refuse(socket.sent[1], { code: "unauthorized", message: "No" });
  await tick();
  socket.refuse(socket.sent[3], { code: "unauthorized", message: "No" });
  expect(errors).toMatchObject([{ code: "unauthorized" }]);
  client.logout();
  expect(socket.closedByClient).toBe(true);
});

test("a visitor leaves the connection on which the server accepts a login late", async () => {
  const { client, network } = withTokens("ann", null);
  const { socket } = network;
  client.connect();
  socket.welcome();
  await tick();
  client.login();
  await tick();
  expect(socket.closedByClient).toBe(false);
  socket.say({ type: "auth.login.response", payload: { status: "ok", subject: "ann" }, id: 1 });
  expect(socket.closedByClient).toBe(true);
});
