import { is } from "../match.js";
import { scenarioList } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as baseScenarios };

const envelope = inGroup({ section: "Envelope", tier: "required" });

for (const [name, id] of [
  ["text", "request-1"],
  ["integer", 4_503_599_627_370_497],
  ["longest", "i".repeat(64)],
] as const) {
  envelope(
    `id-${name}`,
    `echoes ${name === "integer" ? "an integer" : name === "text" ? "a text" : "64 characters"} as the id`,
    "Correlates a request and its reply. The server echoes it.",
    async (server) => {
      const peer = await server.connect();
      const { params } = barsOf(server.name());
      for (const verb of ["subscribe", "unsubscribe"]) {
        peer.send({ type: `bars.${verb}`, payload: params, id });
        await peer.expect({ type: `bars.${verb}.response`, id });
      }
    },
    ["ids"],
  );
}

envelope(
  "id-absent",
  "sends no id if the request had none",
  "optional in requests; in a reply if the request had one",
  async (server) => {
    const peer = await server.connect();
    peer.send({ type: "bars.subscribe", payload: barsOf(server.name()).params });
    await peer.expect({ type: "bars.subscribe.response", id: is.absent });
  },
);

envelope(
  "unknown-fields",
  "drops fields of the envelope that it does not know",
  "The receiver drops unknown fields.",
  async (server) => {
    const peer = await server.connect();
    const { params, topic } = barsOf(server.name());
    peer.send({ type: "bars.subscribe", version: 7, payload: params, trace: { id: [1, null] } });
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok", topic } });
  },
);

const subscribe = inGroup({ section: "Subscribe reply", tier: "required" });

subscribe(
  "subscribe-reply",
  "confirms a subscribe request",
  "Confirms or rejects a subscribe request.",
  async (server) => {
    const peer = await server.connect();
    const { params, topic } = barsOf(server.name());
    peer.send({ type: "bars.subscribe", payload: params });
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok", message: "Subscribed", topic } });
  },
);

const unsubscribe = inGroup({ section: "Unsubscribe", tier: "required" });

unsubscribe("unsubscribe-reply", "confirms an unsubscribe request", "Ends a subscription.", async (server) => {
  const peer = await server.connect();
  const target = barsOf(server.name());
  await server.subscribe(peer, target);
  peer.send({ type: "bars.unsubscribe", payload: target.params });
  const payload = { status: "ok", message: "Unsubscribed", topic: target.topic };
  await peer.expect({ type: "bars.unsubscribe.response", payload });
});

const update = inGroup({ section: "Update", tier: "required", needs: ["publish"] });

update(
  "update",
  "sends an update with its topic and every field",
  "Server → client. One update of a subscribed topic.",
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    await server.subscribe(peer, target);
    await server.publish(target, bar(1_697_097_600_000));
    await server.update(peer, target, bar(1_697_097_600_000));
  },
);

update(
  "update-order",
  "sends updates of one topic in the order of publication",
  "Server → client. One update of a subscribed topic.",
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    await server.subscribe(peer, target);
    const updates = Array.from({ length: 50 }, (_, index) => bar(index));
    await server.publish(target, ...updates);
    for (const sent of updates) await server.update(peer, target, sent);
  },
);

update(
  "update-each-subscriber",
  "sends an update to every connection that is subscribed",
  "Server → client. One update of a subscribed topic.",
  async (server) => {
    const peers = [await server.connect(), await server.connect(), await server.connect()];
    const target = barsOf(server.name());
    for (const peer of peers) await server.subscribe(peer, target);
    await server.publish(target, bar(1));
    for (const peer of peers) await server.update(peer, target, bar(1));
  },
);

update(
  "update-once",
  "sends an update once to each connection",
  "Server → client. One update of a subscribed topic.",
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    await server.subscribe(peer, target);
    await server.publish(target, bar(1));
    await server.update(peer, target, bar(1));
    await server.settle(peer);
  },
);

update(
  "subscribe-again",
  "sends updates again after unsubscribe and subscribe",
  "Server → client. One update of a subscribed topic.",
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    await server.subscribe(peer, target);
    await server.unsubscribe(peer, target);
    await server.subscribe(peer, target);
    await server.publish(target, bar(1));
    await server.update(peer, target, bar(1));
  },
);

const order = inGroup({ section: "Order", tier: "required" });

order(
  "reply-before-update",
  "replies to a subscribe request before the first update",
  "The reply to a subscribe request comes before the topic's first update.",
  async (server) => {
    const first = await server.connect();
    for (let round = 0; round < 5; round++) {
      const target = barsOf(server.name());
      const peer = await server.connect();
      await server.subscribe(first, target);
      const updates = Array.from({ length: 20 }, (_, index) => bar(index));
      const published = server.publish(target, ...updates);
      await Promise.all([server.subscribe(peer, target), published]);
      for (const sent of updates) await server.update(first, target, sent);
    }
  },
  ["publish"],
);

order(
  "nothing-after-unsubscribe",
  "sends no update after the unsubscribe reply",
  "No update of a topic follows its unsubscribe reply.",
  async (server) => {
    const [first, second] = [await server.connect(), await server.connect()];
    const target = barsOf(server.name());
    await server.subscribe(first, target);
    await server.subscribe(second, target);
    await server.unsubscribe(first, target);
    await server.publish(target, bar(1));
    await server.update(second, target, bar(1));
    await server.settle(first);
  },
  ["publish"],
);

order(
  "replies-in-order",
  "keeps the order of replies of one type without ids",
  "Replies without `id` keep the order of the requests of their type.",
  async (server) => {
    const peer = await server.connect();
    const targets = Array.from({ length: 20 }, () => barsOf(server.name()));
    for (const { params } of targets) peer.send({ type: "bars.subscribe", payload: params });
    for (const { topic } of targets) await peer.expect({ type: "bars.subscribe.response", payload: { topic } });
  },
);

order(
  "replies-of-one-topic",
  "keeps the order of all replies of one topic",
  "All replies of one topic keep the order of their requests.",
  async (server) => {
    const peer = await server.connect();
    const { params, topic } = barsOf(server.name());
    const verbs = ["subscribe", "unsubscribe", "subscribe", "subscribe", "unsubscribe", "unsubscribe"];
    for (const verb of verbs) peer.send({ type: `bars.${verb}`, payload: params });
    // A subscribe request can be rejected here, because the next request ends it before the source has started.
    for (const verb of verbs) await peer.expect({ type: `bars.${verb}.response`, payload: { topic } });
  },
);

const subscriptions = inGroup({ section: "Subscriptions", tier: "required" });
const TWICE = "Subscribing twice makes one subscription and two replies.";

subscriptions("subscribed-twice-replies", "replies to each of two subscribe requests", TWICE, async (server) => {
  const peer = await server.connect();
  const target = barsOf(server.name());
  await server.subscribe(peer, target);
  await server.subscribe(peer, target);
  await server.settle(peer);
});

subscriptions(
  "subscribed-twice-one-copy",
  "sends one copy of an update after two subscribe requests",
  TWICE,
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    await server.subscribe(peer, target);
    await server.subscribe(peer, target);
    await server.publish(target, bar(1));
    await server.update(peer, target, bar(1));
    await server.settle(peer);
  },
  ["publish"],
);

subscriptions(
  "subscribed-twice-ends-once",
  "ends the subscription with one unsubscribe after two subscribe requests",
  TWICE,
  async (server) => {
    const [first, second] = [await server.connect(), await server.connect()];
    const target = barsOf(server.name());
    await server.subscribe(second, target);
    await server.subscribe(first, target);
    await server.subscribe(first, target);
    await server.unsubscribe(first, target);
    await server.publish(target, bar(1));
    await server.update(second, target, bar(1));
    await server.settle(first);
  },
  ["publish"],
);

const UNHELD = "Unsubscribing from a topic without a subscription replies `ok` and changes nothing.";

subscriptions(
  "unsubscribe-without-subscription",
  "confirms an unsubscribe that has no subscription",
  UNHELD,
  (server) => server.connect().then(async (peer) => void (await server.unsubscribe(peer, barsOf(server.name())))),
);

subscriptions(
  "unsubscribe-of-a-stranger",
  "keeps a subscription when another client unsubscribes from the topic",
  UNHELD,
  async (server) => {
    const [first, stranger] = [await server.connect(), await server.connect()];
    const target = barsOf(server.name());
    await server.subscribe(first, target);
    await server.unsubscribe(stranger, target);
    await server.publish(target, bar(1));
    await server.update(first, target, bar(1));
  },
  ["publish"],
);

const RELEASED = "A disconnect ends all subscriptions of the connection.";

for (const how of ["close", "terminate"] as const) {
  subscriptions(
    `disconnect-releases-${how === "close" ? "closed" : "lost"}`,
    `ends the source after the only subscriber ${how === "close" ? "closes" : "loses"} the connection`,
    RELEASED,
    async (server) => {
      const peer = await server.connect();
      const target = barsOf(server.name());
      await server.subscribe(peer, target);
      await server.subscribe(peer, target);
      await server.running(target, true);
      await peer[how]();
      await server.running(target, false);
    },
    ["topics"],
  );
}

subscriptions(
  "unsubscribe-releases",
  "ends the source after the last of two subscribers unsubscribes, and not before",
  "Unsubscribing from a topic without a subscription replies `ok` and changes nothing.",
  async (server) => {
    const [first, second] = [await server.connect(), await server.connect()];
    const target = barsOf(server.name());
    await server.subscribe(first, target);
    await server.subscribe(second, target);
    await server.unsubscribe(first, target);
    await server.unsubscribe(first, target);
    await server.running(target, true);
    await server.unsubscribe(second, target);
    await server.running(target, false);
  },
  ["topics"],
);

subscriptions(
  "source-ended-base",
  "closes a base connection whose topic has been ended by the source",
  "with 1013 if the source ended the topic",
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    await server.subscribe(peer, target);
    await server.control.end(target.topic, server.trace);
    await peer.closes(1013);
  },
  ["end"],
);
