import { is } from "../match.js";
import { scenarioList } from "../scenario.js";
import type { ScriptedConnection } from "../scripted-server.js";
import { bar, barsOf, type TestTopic, trade, tradesOf } from "../server/topics.js";
import { type ClientContext, START } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as positionClientScenarios };

const LOG = { epoch: "e1", retention: "log", offset: 0 } as const;
const RECOVERED = { epoch: "e1", retention: "keyed", recovered: true } as const;

/** Subscribes, sends two updates with the offsets 1 and 2, and loses the connection. */
async function lostAtTwo(client: ClientContext, target: TestTopic, first: object, second: object, position: object) {
  const connection = await client.session();
  await client.subscribed(connection, 1, target, position);
  client.update(connection, target, first, 1);
  client.update(connection, target, second, 2);
  await client.updated(1, first);
  await client.updated(1, second);
  connection.terminate();
  return client.nextSession();
}

const needs = ["session", "positions"];
const recovery = inGroup({ section: "Recovery", tier: "session", needs });
const SENDS = "After a reconnect a client sends its position in `resume`, next to `payload`.";

recovery("client-resume", "sends the position of the last update after a reconnect", SENDS, async (client) => {
  const target = barsOf("A");
  const next = await lostAtTwo(client, target, bar(1), bar(2), START);
  await client.requested(next, target, { resume: { epoch: "e1", offset: 2 } });
});

recovery("client-resume-log", "sends the position of a log topic", SENDS, async (client) => {
  const target = tradesOf("A");
  const next = await lostAtTwo(client, target, trade(1), trade(2), LOG);
  await client.requested(next, target, { resume: { epoch: "e1", offset: 2 } });
});

recovery("client-resume-each", "sends each topic with its own position", SENDS, async (client) => {
  const [a, b] = [barsOf("A"), barsOf("B")];
  const first = await client.session();
  await client.subscribed(first, 1, a, { ...START, epoch: "ea", offset: 3 });
  await client.subscribed(first, 2, b, { ...START, epoch: "eb", offset: 7 });
  client.update(first, b, bar(1), 8);
  await client.updated(2, bar(1));
  client.current(first, a, 3, "ea");
  client.current(first, b, 8, "eb");
  await client.settle(first);
  first.terminate();
  const next = await client.nextSession();
  await client.requested(next, a, { resume: { epoch: "ea", offset: 3 } });
  await client.requested(next, b, { resume: { epoch: "eb", offset: 8 } });
});

recovery(
  "client-recovered",
  "passes the missed updates on",
  "the missed updates, without superseded ones",
  async (client) => {
    const target = barsOf("A");
    const next = await lostAtTwo(client, target, bar(1), bar(2), START);
    await client.confirm(next, target, { ...RECOVERED, offset: 2 });
    client.update(next, target, bar(3), 5);
    client.update(next, target, bar(4), 6);
    client.current(next, target, 6);
    await client.updatedWithoutGap(1, bar(3));
    await client.updatedWithoutGap(1, bar(4));
  },
);

recovery(
  "client-gap-keyed",
  "reports a gap, then passes the snapshot on",
  "a snapshot, which replaces all state",
  async (client) => {
    const target = barsOf("A");
    const next = await lostAtTwo(client, target, bar(1), bar(2), START);
    await client.confirm(next, target, { ...START, epoch: "e2", recovered: false });
    client.update(next, target, bar(9), 1);
    await client.event({ type: "gap", listener: 1 });
    await client.updated(1, bar(9));
  },
  ["gaps"],
);

recovery(
  "client-gap-log",
  "reports a gap of a log topic",
  "new updates; the client has to load the missed ones elsewhere",
  async (client) => {
    const target = tradesOf("A");
    const next = await lostAtTwo(client, target, trade(1), trade(2), LOG);
    await client.confirm(next, target, { ...LOG, offset: 9, recovered: false });
    client.update(next, target, trade(10), 10);
    await client.event({ type: "gap", listener: 1, snapshot: is.oneOf(false, undefined) });
    await client.updated(1, trade(10));
  },
  ["gaps"],
);

const positions = inGroup({ section: "Positions", tier: "session", needs });

/** Subscribes to a topic, whose position is then 5. */
async function atFive(client: ClientContext, target: TestTopic): Promise<ScriptedConnection> {
  const connection = await client.session();
  await client.subscribed(connection, 1, target);
  client.update(connection, target, bar(5), 5);
  client.current(connection, target, 5);
  await client.updated(1, bar(5));
  return connection;
}

positions(
  "client-duplicates",
  "drops updates whose offset is not above its position",
  "A client drops updates whose offset is not above its position.",
  async (client) => {
    const target = barsOf("A");
    const connection = await atFive(client, target);
    client.update(connection, target, bar(4), 4);
    client.update(connection, target, bar(5), 5);
    client.update(connection, target, bar(6), 6);
    await client.updated(1, bar(6));
  },
);

positions(
  "client-reply-sets-position",
  "takes the position of the subscribe reply",
  "The subscribe reply sets the position, and each update's offset moves it.",
  async (client) => {
    const target = barsOf("A");
    const connection = await client.session();
    await client.subscribed(connection, 1, target, { ...START, offset: 40 });
    client.update(connection, target, bar(1), 40);
    client.update(connection, target, bar(2), 41);
    await client.updated(1, bar(2));
  },
);

positions(
  "client-reply-voids-position",
  "accepts lower offsets of another epoch",
  "A subscribe reply voids any earlier position.",
  async (client) => {
    const target = barsOf("A");
    const first = await atFive(client, target);
    first.terminate();
    const next = await client.nextSession();
    await client.confirm(next, target, { ...START, epoch: "e2", offset: 0, recovered: false });
    client.update(next, target, bar(1), 1);
    await client.event({ type: "gap", listener: 1 });
    await client.updated(1, bar(1));
    next.terminate();
    const last = await client.nextSession();
    await client.requested(last, target, { resume: { epoch: "e2", offset: 1 } });
  },
  ["gaps"],
);

positions(
  "client-position-zero",
  "sends the position of a topic that had no update",
  "The offset of the last update that the client received; 0 for none.",
  async (client) => {
    const target = barsOf("A");
    const first = await client.session();
    await client.subscribed(first, 1, target);
    client.current(first, target, 0);
    await client.settle(first);
    first.terminate();
    const next = await client.nextSession();
    await client.requested(next, target, { resume: { epoch: "e1", offset: 0 } });
  },
);

inGroup({ section: "Conflation", tier: "session", needs: [...needs, "gaps"] })(
  "client-conflation",
  "reports no gap for a jump of the offsets of a keyed topic",
  "So on a keyed route a gap between offsets is conflation.",
  async (client) => {
    const target = barsOf("A");
    const connection = await atFive(client, target);
    client.update(connection, target, bar(9), 90);
    client.update(connection, target, bar(10), 91);
    await client.updatedWithoutGap(1, bar(9));
    await client.updatedWithoutGap(1, bar(10));
  },
);

inGroup({ section: "Subscription current", tier: "session", needs })(
  "client-current-sets-position",
  "takes the position of subscription.current",
  "The client's new position.",
  async (client) => {
    const target = barsOf("A");
    const first = await client.session();
    await client.subscribed(first, 1, target);
    client.update(first, target, bar(1), 3);
    client.current(first, target, 8);
    await client.updated(1, bar(1));
    await client.settle(first);
    first.terminate();
    const next = await client.nextSession();
    await client.requested(next, target, { resume: { epoch: "e1", offset: 8 } });
  },
);

inGroup({ section: "Repeated subscribe requests", tier: "session", needs })(
  "client-epoch-of-the-reply",
  "sends the epoch of the latest reply",
  "A subscribe request for a subscribed topic gets a second reply with the cursor's `offset`, without `snapshot` and `recovered`.",
  async (client) => {
    const target = barsOf("A");
    const first = await lostAtTwo(client, target, bar(1), bar(2), START);
    await client.confirm(first, target, { ...RECOVERED, offset: 2 });
    client.current(first, target, 2);
    await client.settle(first);
    first.terminate();
    const next = await client.nextSession();
    await client.requested(next, target, { resume: { epoch: "e1", offset: 2 } });
  },
);
