import { is } from "../match.js";
import { scenarioList, WireFailure } from "../scenario.js";
import { bar, barsOf, ordersOf } from "../server/topics.js";
import { expectSpread } from "../waits.js";
import type { ClientContext } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as sessionClientScenarios };

const connecting = inGroup({ section: "Connecting", tier: "session", needs: ["session"] });

connecting(
  "client-requests-session",
  "requests the session extension in the URL",
  "A client requests the session extension with `?protocol=2` in the URL (an integer of at least 2).",
  async (client) => {
    const { target } = await client.connect();
    const protocol = new URLSearchParams(target.split("?")[1]).get("protocol") ?? "";
    if (!/^\d+$/.test(protocol) || Number(protocol) < 2) throw new WireFailure("?protocol=2 in the URL", target);
  },
);

connecting(
  "client-slow-welcome",
  "sends no ping and no login before the first frame of the server",
  "A client can send subscribe requests before that frame, but must wait for it before it sends `ping` or `auth.login`.",
  async (client) => {
    const connection = await client.connect({}, true);
    await client.event({ type: "token" });
    client.send({ type: "token", token: "t1" });
    const target = barsOf("AAPL");
    client.listen(1, target);
    const request = await client.requested(connection, target);
    client.listen(2, barsOf("MSFT"));
    await client.requested(connection, barsOf("MSFT"));
    client.welcome(connection);
    await connection.expect({ type: "auth.login", payload: { token: "t1" } });
    connection.reply(request, { status: "ok", message: "Subscribed", topic: target.topic });
  },
  ["login"],
);

connecting(
  "client-legacy-server",
  "sends no login to a server without a welcome",
  "otherwise it speaks the base protocol.",
  async (client) => {
    const connection = await client.connect({}, true);
    await client.event({ type: "token" });
    client.send({ type: "token", token: "t1" });
    const target = barsOf("AAPL");
    await client.subscribed(connection, 1, target, {});
    client.update(connection, target, bar(1));
    await client.updated(1, bar(1));
    await client.settle(connection);
  },
  ["login"],
);

const liveness = inGroup({ section: "Liveness", tier: "session", needs: ["session"] });

liveness(
  "client-ping",
  "sends pings, and goes on after each pong",
  "The client sends `ping` after half of `heartbeatIntervalMs` without a frame from the server.",
  async (client) => {
    const connection = await client.session({}, 2_000);
    for (let pings = 0; pings < 2; pings++) {
      const { id } = await connection.expect({ type: "ping" });
      connection.send({ type: "pong", ...(id !== undefined && { id }) });
    }
  },
);

liveness(
  "client-drops",
  "drops a connection whose server is silent, and connects again",
  "It drops the connection after the whole interval without one.",
  async (client) => {
    const target = barsOf("AAPL");
    const first = await client.session({}, 2_000);
    await client.subscribed(first, 1, target);
    await first.expect({ type: "ping" });
    await first.closed();
    const second = await client.nextSession();
    await client.requested(second, target);
  },
);

const draining = inGroup({ section: "Server draining", tier: "session", needs: ["session", "drain"] });
const NEXT =
  "The client opens its next connection while it keeps this one, and closes this one when the next one is open.";

draining("client-draining", "opens the next connection before it closes the draining one", NEXT, async (client) => {
  const target = barsOf("AAPL");
  const first = await client.session();
  await client.subscribed(first, 1, target);
  first.send({ type: "server.draining", payload: { reconnectAfterMs: 100 } });
  const second = await client.server.accept();
  client.welcome(second);
  await client.requested(second, target);
  await first.closed();
});

draining(
  "client-draining-serves",
  "receives updates on the draining connection until the next one is open",
  NEXT,
  async (client) => {
    const target = barsOf("AAPL");
    const first = await client.session();
    await client.subscribed(first, 1, target);
    client.server.reject(2);
    first.send({ type: "server.draining", payload: { reconnectAfterMs: 200 } });
    await client.server.attempted(2);
    client.update(first, target, bar(1), 1);
    await client.updated(1, bar(1));
  },
);

draining(
  "client-draining-again",
  "tries again if the next connection cannot be opened",
  "If the next one cannot be opened, it tries again within the same time",
  async (client) => {
    const target = barsOf("AAPL");
    const first = await client.session();
    await client.subscribed(first, 1, target);
    client.server.reject(2);
    first.send({ type: "server.draining", payload: { reconnectAfterMs: 100 } });
    const second = await client.nextSession();
    await client.requested(second, target);
    await first.closed();
  },
);

draining(
  "client-draining-window",
  "waits a random moment of the time that the server gives",
  "The client connects again at a random moment within this many milliseconds.",
  async (client) => {
    const delays: number[] = [];
    let connection = await client.session({ backoffInitialMs: 1 });
    for (let moves = 0; moves < 8; moves++) {
      const sentAt = performance.now();
      connection.send({ type: "server.draining", payload: { reconnectAfterMs: 200 } });
      connection = await client.nextSession();
      delays.push(performance.now() - sentAt);
    }
    // Eight moments within a twentieth of the window would be chance once in 10^8 runs.
    expectSpread("eight waits", delays, 10);
  },
);

const login = inGroup({ section: "Login", tier: "session", needs: ["session", "login"] });
const AUTHENTICATES = "Authenticates the connection, or replaces its token before the token expires.";

/** Connects a client that has logged in. */
async function loggedIn(client: ClientContext) {
  const connection = await client.connect({}, true);
  client.welcome(connection);
  await client.event({ type: "token" });
  client.send({ type: "token", token: "t1" });
  const request = await connection.expect({ type: "auth.login", payload: { token: "t1" } });
  connection.reply(request, { status: "ok", message: "Logged in", subject: "ann" });
  return connection;
}

login("client-login", "logs in, and subscribes to a private topic", AUTHENTICATES, async (client) => {
  const connection = await loggedIn(client);
  await client.subscribed(connection, 1, ordersOf("ann"));
});

login("client-token-not-in-url", "sends the token in a message, not in the URL", AUTHENTICATES, async (client) => {
  const connection = await loggedIn(client);
  if (/t1|token/.test(connection.target)) throw new WireFailure("a URL without the token", connection.target);
});

login("client-refresh", "replaces its token when the server warns of the expiry", AUTHENTICATES, async (client) => {
  const connection = await loggedIn(client);
  connection.send({ type: "auth.expiring", payload: { expiresInMs: 60_000 } });
  await client.event({ type: "token" });
  client.send({ type: "token", token: "t2" });
  await connection.expect({ type: "auth.login", payload: { token: "t2" } });
});

inGroup({ section: "Close codes", tier: "session", needs: ["session", "login"] })(
  "client-token-expired",
  "logs in on a new connection after its token has expired",
  "The token expired before the client sent a new one.",
  async (client) => {
    const first = await loggedIn(client);
    await client.subscribed(first, 1, ordersOf("ann"));
    first.close(4202, "Token expired");
    const second = await client.nextSession();
    await client.event({ type: "token" });
    client.send({ type: "token", token: "t2" });
    const request = await second.expect({ type: "auth.login", payload: { token: "t2" } });
    second.reply(request, { status: "ok", message: "Logged in", subject: "ann" });
    await client.confirm(second, ordersOf("ann"));
  },
);

const ended = inGroup({ section: "Subscription ended", tier: "session", needs: ["session", "errors"] });

ended(
  "client-topic-ended",
  "reports a topic that the server has ended, and keeps the others",
  "The server ended one subscription.",
  async (client) => {
    const [a, b] = [barsOf("A"), barsOf("B")];
    const connection = await client.session();
    await client.subscribed(connection, 1, a);
    await client.subscribed(connection, 2, b);
    const payload = { topic: a.topic, code: "forbidden", retryable: false };
    connection.send({ type: "subscription.ended", payload });
    await client.event({ type: "error", code: "forbidden" });
    client.update(connection, b, bar(1), 1);
    await client.updated(2, bar(1));
  },
);

ended(
  "client-topic-moved",
  "subscribes again with its position after moved, without an error",
  "A client subscribes again with its position, at a random moment within a fraction of a second",
  async (client) => {
    const target = barsOf("A");
    const connection = await client.session();
    await client.subscribed(connection, 1, target);
    client.update(connection, target, bar(1), 1);
    client.current(connection, target, 1);
    await client.updated(1, bar(1));
    connection.send({ type: "subscription.ended", payload: { topic: target.topic, code: "moved", retryable: true } });
    const resume = { epoch: "e1", offset: 1 };
    await client.confirm(connection, target, { ...START_OF_RECOVERY, offset: 1 }, { resume });
    client.update(connection, target, bar(2), 2);
    await client.updated(1, bar(2));
  },
  ["positions"],
);

const START_OF_RECOVERY = { epoch: "e1", retention: "keyed", recovered: true };

inGroup({ section: "Error", tier: "session", needs: ["session", "errors"] })(
  "client-error-message",
  "fails the request whose id an error has, and keeps the connection",
  "Server → client. Reports an invalid frame, where the base protocol closes with 1003.",
  async (client) => {
    const target = barsOf("A");
    const connection = await client.session();
    client.listen(1, target);
    const { id } = await client.requested(connection, target, { id: is.id });
    connection.send({ type: "error", payload: { code: "invalid_message", message: "No", retryable: false, id } });
    await client.event({ type: "error", code: "invalid_message" });
    await client.settle(connection);
  },
  ["ids"],
);
