import { is } from "../match.js";
import { scenarioList } from "../scenario.js";
import { bar, barsOf, quote, quotesOf } from "../server/topics.js";
import { type ClientContext, START } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as baseClientScenarios };

/** A legacy server: it ignores ids, and its replies have no position. */
const NO_POSITION = {};

const subscribe = inGroup({ section: "Subscribe", tier: "required" });

subscribe(
  "client-subscribe",
  "sends a subscribe request with the parameters of the route",
  "Client → server. Subscribes to one topic.",
  async (client) => {
    const connection = await client.connect();
    await client.subscribed(connection, 1, barsOf("AAPL"), NO_POSITION);
  },
);

subscribe("client-list", "sends a list with its order", "Client → server. Subscribes to one topic.", async (client) => {
  const connection = await client.connect();
  await client.subscribed(connection, 1, quotesOf("B", "A"), NO_POSITION);
});

subscribe(
  "client-no-position",
  "sends no position with the first subscribe request",
  "The client's [position](#positions) from before a reconnect.",
  async (client) => {
    const connection = await client.connect();
    client.listen(1, barsOf("AAPL"));
    await connection.expect({ type: "bars.subscribe", resume: is.absent });
  },
);

const twice = inGroup({ section: "Subscriptions", tier: "required" });
const ONE = "Subscribing twice makes one subscription and two replies.";

twice("client-one-subscribe", "subscribes once for several listeners of a topic", ONE, async (client) => {
  const connection = await client.connect();
  const target = barsOf("AAPL");
  client.listen(1, target);
  client.listen(2, target);
  await client.confirm(connection, target, NO_POSITION);
  client.listen(3, target);
  await client.settle(connection);
});

twice("client-each-listener", "passes an update to every listener of the topic", ONE, async (client) => {
  const connection = await client.connect();
  const target = barsOf("AAPL");
  client.listen(1, target);
  client.listen(2, target);
  await client.confirm(connection, target, NO_POSITION);
  client.update(connection, target, bar(1));
  await client.updated(1, bar(1));
  await client.updated(2, bar(1));
});

twice("client-two-topics", "subscribes to each of two topics", ONE, async (client) => {
  const connection = await client.connect();
  await client.subscribed(connection, 1, barsOf("AAPL"), NO_POSITION);
  await client.subscribed(connection, 2, barsOf("AAPL", "D"), NO_POSITION);
});

const unsubscribe = inGroup({ section: "Unsubscribe", tier: "required" });

unsubscribe(
  "client-unsubscribe",
  "unsubscribes with the last listener, and not before",
  "Client → server. Ends a subscription.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    client.listen(1, target);
    client.listen(2, target);
    await client.confirm(connection, target, NO_POSITION);
    client.stop(1);
    await client.settle(connection);
    client.stop(2);
    await connection.expect({ type: "bars.unsubscribe", payload: target.params });
  },
);

unsubscribe(
  "client-stopped-listener",
  "passes no update to a listener that has stopped",
  "Client → server. Ends a subscription.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    client.listen(1, target);
    client.listen(2, target);
    await client.confirm(connection, target, NO_POSITION);
    client.stop(1);
    await client.settle(connection);
    client.update(connection, target, bar(1));
    client.update(connection, target, bar(2));
    await client.updated(2, bar(1));
    await client.updated(2, bar(2));
  },
);

const update = inGroup({ section: "Update", tier: "required" });
const ONE_UPDATE = "Server → client. One update of a subscribed topic.";

update("client-update-order", "passes updates on in their order", ONE_UPDATE, async (client) => {
  const connection = await client.connect();
  const target = barsOf("AAPL");
  await client.subscribed(connection, 1, target, NO_POSITION);
  const updates = Array.from({ length: 20 }, (_, index) => bar(index));
  for (const sent of updates) client.update(connection, target, sent);
  for (const sent of updates) await client.updated(1, sent);
});

update("client-update-topic", "passes an update to the listeners of its topic only", ONE_UPDATE, async (client) => {
  const connection = await client.connect();
  const [minute, day] = [barsOf("AAPL"), barsOf("AAPL", "D")];
  await client.subscribed(connection, 1, minute, NO_POSITION);
  await client.subscribed(connection, 2, day, NO_POSITION);
  client.update(connection, day, bar(1));
  client.update(connection, minute, bar(2));
  await client.updated(2, bar(1));
  await client.updated(1, bar(2));
});

update("client-update-of-each-key", "passes every update of a route with keys on", ONE_UPDATE, async (client) => {
  const connection = await client.connect();
  const target = quotesOf("A", "B");
  await client.subscribed(connection, 1, target, NO_POSITION);
  for (const sent of [quote("A", "1"), quote("B", "1"), quote("A", "2")]) {
    client.update(connection, target, sent);
    await client.updated(1, sent);
  }
});

const envelope = inGroup({ section: "Envelope", tier: "required" });

envelope(
  "client-unknown-fields",
  "drops fields of the envelope that it does not know",
  "The receiver drops unknown fields.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    client.listen(1, target);
    const request = await client.requested(connection, target);
    connection.send({
      type: `${request.type}.response`,
      version: 7,
      payload: { status: "ok", message: "Subscribed", topic: target.topic, more: [1] },
    });
    connection.send({ type: "bars.update", version: 7, payload: { topic: target.topic, payload: bar(1), more: null } });
    await client.updated(1, bar(1));
  },
);

envelope(
  "client-unknown-types",
  "ignores frames of types that it does not know",
  "A client ignores messages of types that it does not know, because later versions add types.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    await client.subscribed(connection, 1, target, NO_POSITION);
    connection.send({ type: "server.notice", payload: { text: "hello" } });
    connection.send({ type: "later", id: 4 });
    client.update(connection, target, bar(1));
    await client.updated(1, bar(1));
    await client.settle(connection);
  },
);

const MATCHES =
  "A client then matches replies to requests by type, first in, first out, and takes the topic from the reply.";

envelope("client-replies-without-ids", "matches replies without ids in their order", MATCHES, async (client) => {
  const connection = await client.connect();
  const targets = [barsOf("A"), barsOf("B"), barsOf("C")] as const;
  targets.forEach((target, index) => {
    client.listen(index + 1, target);
  });
  const requests = [];
  for (const target of targets) requests.push({ target, request: await client.requested(connection, target) });
  for (const { target, request } of requests) {
    connection.reply(request, { status: "ok", message: "Subscribed", topic: target.topic }, false);
  }
  for (const [index, target] of targets.entries()) {
    client.update(connection, target, bar(index));
    await client.updated(index + 1, bar(index));
  }
});

envelope(
  "client-replies-with-ids",
  "matches replies by their ids, in any order",
  "Correlates a request and its reply. The server echoes it.",
  async (client) => {
    const connection = await client.session();
    const [a, b] = [barsOf("A"), barsOf("B")];
    client.listen(1, a);
    client.listen(2, b);
    const [first, second] = [await client.requested(connection, a), await client.requested(connection, b)];
    const confirmed = ({ topic }: { topic: string }) => ({ status: "ok", message: "Subscribed", topic, ...START });
    connection.reply(second, confirmed(b));
    connection.reply(first, confirmed(a));
    client.update(connection, a, bar(1), 1);
    client.update(connection, b, bar(2), 1);
    await client.updated(1, bar(1));
    await client.updated(2, bar(2));
  },
  ["ids", "session", "positions"],
);

envelope(
  "client-unique-ids",
  "gives each request its own id",
  "Correlates a request and its reply.",
  async (client) => {
    const connection = await client.session();
    const targets = [barsOf("A"), barsOf("B")] as const;
    targets.forEach((target, index) => {
      client.listen(index + 1, target);
    });
    const { id } = await client.requested(connection, targets[0]);
    await client.requested(connection, targets[1], { id: is.not(id) });
  },
  ["ids", "session"],
);

envelope(
  "client-topic-mismatch",
  "reports a topic that is not the one that it built",
  "If that is not the topic that the client built, the client reports `topic_mismatch` to the application, since no update would ever arrive.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    client.listen(1, target);
    const request = await client.requested(connection, target);
    connection.reply(request, { status: "ok", message: "Subscribed", topic: "bars:AAPL:1" });
    await client.event({ type: "error", code: "topic_mismatch" });
  },
  ["errors"],
);

const rejection = inGroup({ section: "Error reply", tier: "required", needs: ["errors"] });

rejection(
  "client-rejection",
  "reports a rejected subscribe request, and keeps the connection",
  "It has the type of the reply, and the connection stays open.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    client.listen(1, target);
    const request = await client.requested(connection, target);
    connection.reply(request, {
      status: "error",
      message: "No such symbol",
      code: "unknown_symbol",
      topic: target.topic,
    });
    await client.event({ type: "error", code: "unknown_symbol" });
    await client.settle(connection);
  },
);

rejection(
  "client-retryable-rejection",
  "subscribes again after a retryable rejection",
  "A later retry may succeed.",
  async (client) => {
    const connection = await client.connect();
    const target = barsOf("AAPL");
    client.listen(1, target);
    const request = await client.requested(connection, target);
    const payload = { status: "error", message: "Try again", code: "source_unavailable", topic: target.topic };
    connection.reply(request, { ...payload, retryable: true });
    await client.event({ type: "error", code: "source_unavailable" });
    await client.confirm(connection, target, NO_POSITION);
    client.update(connection, target, bar(1));
    await client.updated(1, bar(1));
  },
);
