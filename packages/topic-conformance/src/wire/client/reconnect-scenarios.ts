import { scenarioList, WireFailure } from "../scenario.js";
import { bar, barsOf } from "../server/topics.js";
import { expectSpread, expectTotal } from "../waits.js";
import type { ClientContext } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as reconnectScenarios };

const add = inGroup({ section: "Close codes", tier: "required" });
const RANGES =
  "For a code that a client does not know, the range says what to do: 4000–4099 do not reconnect, 4100–4199 back off, 4200–4299 reconnect now.";

for (const [code, reason, sentence] of [
  [
    1003,
    "Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0",
    "No message within the heartbeat interval, or the maximum lifespan was reached.",
  ],
  [
    1003,
    "WebSocket error: Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0",
    "No message within the heartbeat interval, or the maximum lifespan was reached.",
  ],
  [1011, "Internal error", "The server failed. Details are in its log."],
  [1012, "Service restart", "The server is shutting down or restarting."],
  [
    1013,
    "Try again later",
    "The server is overloaded, the consumer was too slow, or a topic's source ended the topic.",
  ],
  [4101, "Slow consumer", "The server evicted updates before the consumer could receive them."],
  [4201, "Lifespan reached", "The connection reached its lifespan."],
  [4203, "Idle", "The server received nothing from the client within the heartbeat interval."],
  [4177, "A later code", RANGES],
  [4288, "A later code", RANGES],
] as const) {
  const suffix = reason.startsWith("WebSocket") ? "-prefixed" : "";
  add(`client-reconnects-${code}${suffix}`, `subscribes again after a close with ${code}`, sentence, async (client) => {
    const target = barsOf("AAPL");
    const first = await client.connect();
    await client.subscribed(first, 1, target, {});
    first.close(code, reason);
    const second = await client.server.accept();
    await client.confirm(second, target, {});
    client.update(second, target, bar(1));
    await client.updated(1, bar(1));
  });
}

for (const [code, sentence] of [
  [1008, "The client is not authenticated or not authorized, or its token expired."],
  [4001, "The client sent no valid token."],
  [4003, "The token is valid but does not grant access."],
  [4077, RANGES],
] as const) {
  add(`client-stays-closed-${code}`, `does not reconnect after a close with ${code}`, sentence, async (client) => {
    const connection = await client.connect();
    await client.subscribed(connection, 1, barsOf("AAPL"), {});
    connection.close(code);
    await client.staysClosed();
  });
}

const disconnect = inGroup({ section: "Subscriptions", tier: "required" });
const RELEASED = "A disconnect ends all subscriptions of the connection.";

disconnect("client-lost", "subscribes again to every topic after a lost connection", RELEASED, async (client) => {
  const [a, b] = [barsOf("A"), barsOf("B")];
  const first = await client.connect();
  await client.subscribed(first, 1, a, {});
  await client.subscribed(first, 2, b, {});
  first.terminate();
  const second = await client.server.accept();
  await client.confirm(second, a, {});
  await client.confirm(second, b, {});
  await client.settle(second);
});

disconnect("client-lost-stopped", "does not subscribe again to a topic without listeners", RELEASED, async (client) => {
  const [a, b] = [barsOf("A"), barsOf("B")];
  const first = await client.connect();
  await client.subscribed(first, 1, a, {});
  await client.subscribed(first, 2, b, {});
  client.stop(1);
  await first.expect({ type: "bars.unsubscribe" });
  first.terminate();
  const second = await client.server.accept();
  await client.confirm(second, b, {});
  await client.settle(second);
});

disconnect(
  "client-lost-unanswered",
  "sends a request again that the lost connection left without a reply",
  RELEASED,
  async (client) => {
    const target = barsOf("A");
    const first = await client.connect();
    client.listen(1, target);
    await client.requested(first, target);
    first.terminate();
    const second = await client.server.accept();
    await client.confirm(second, target, {});
    client.update(second, target, bar(1));
    await client.updated(1, bar(1));
  },
);

const backoff = inGroup({ section: "Close codes", tier: "required", needs: ["backoff"] });

/** Returns the times between rejected connection attempts of a client. */
async function delaysOf(client: ClientContext, rejections: number, backoffInitialMs: number, backoffMaxMs: number) {
  const first = await client.connect({ backoffInitialMs, backoffMaxMs });
  await client.subscribed(first, 1, barsOf("AAPL"), {});
  client.server.reject(rejections);
  first.close(1013, "Try again later");
  await client.server.attempted(rejections + 2);
  const { attempts } = client.server;
  return attempts.slice(2).map((time, index) => time - (attempts[index + 1] as number));
}

backoff(
  "client-backs-off",
  "waits between failed attempts to connect",
  "The server is overloaded, the consumer was too slow, or a topic's source ended the topic.",
  async (client) => {
    const delays = await delaysOf(client, 6, 40, 10_000);
    // With windows of 40, 80, … 1280 ms, less than 60 ms in total would be chance once in 2 million runs.
    expectTotal("six waits", delays, 60);
  },
);

backoff("client-jitter", "waits a random time", "within a second, at random", async (client) => {
  const delays = await delaysOf(client, 10, 100, 100);
  // With a window of 100 ms, ten waits within 8 ms of each other would be chance once in 10^10 runs.
  expectSpread("ten waits", delays, 8);
});

backoff(
  "client-close-in-backoff",
  "does not connect after it was closed while it waits",
  "One side closed the connection normally.",
  async (client) => {
    const first = await client.connect({ backoffInitialMs: 60_000, backoffMaxMs: 60_000 });
    await client.subscribed(first, 1, barsOf("AAPL"), {});
    first.close(1013, "Try again later");
    await client.event({ type: "state", state: "connecting" });
    client.send({ type: "close" });
    await client.event({ type: "closed" });
    if (client.server.unexpected > 0) throw new WireFailure("no connection", "another connection");
  },
);
