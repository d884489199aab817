import { scenarioList, WireFailure } from "../scenario.js";
import type { ScriptedConnection } from "../scripted-server.js";
import { bar, barsOf, quote, quotesOf, type TestTopic } from "../server/topics.js";
import { type ClientContext, START } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as compactClientScenarios };

const needs = ["compact"];
const BAR = { members: ["time", "open", "high", "low", "close", "volume"] };

const QUOTE = quote("AAPL", "Apple");

/** The values of a bar in the order of {@link BAR}. */
function values(time: number): readonly number[] {
  return [time, 150, 151, 149.5, 150.5, 1_000_000];
}

/** Subscribes a listener, and gives the topic an alias. */
function subscribed(
  client: ClientContext,
  connection: ScriptedConnection,
  listener: number,
  target: TestTopic,
  compact: object,
) {
  return client.subscribed(connection, listener, target, { ...START, compact });
}

function offered({ headers }: ScriptedConnection): readonly string[] {
  return (headers["sec-websocket-protocol"] ?? "").split(/, */).filter((name) => name !== "");
}

const negotiation = inGroup({ section: "Negotiation", tier: "required", needs });

negotiation(
  "client-compact-offers",
  "offers both subprotocols",
  "The client offers the subprotocols `trading.v2.compact` and `trading.v2`.",
  async (client) => {
    const names = offered(await client.connectCompact());
    if (!names.includes("trading.v2.compact") || !names.includes("trading.v2")) {
      throw new WireFailure("the subprotocols trading.v2.compact and trading.v2", names.join(", ") || "none");
    }
  },
);

negotiation(
  "client-compact-not-selected",
  "reads updates of the usual form from a server that selects trading.v2",
  "else `trading.v2`, with which all updates have the usual form.",
  async (client) => {
    client.server.selects("trading.v2");
    const target = barsOf("AAPL");
    const connection = await client.connectCompact();
    await client.subscribed(connection, 1, target);
    client.update(connection, target, bar(1), 1);
    await client.updated(1, bar(1));
  },
);

negotiation(
  "client-compact-without-subprotocols",
  "tries again without subprotocols after failed attempts",
  "A client tries again without subprotocols after failed attempts.",
  async (client) => {
    client.server.rejectSubprotocols();
    const names = offered(await client.connectCompact());
    if (names.length > 0) throw new WireFailure("a handshake without subprotocols", names.join(", "));
  },
);

const update = inGroup({ section: "Compact update", tier: "required", needs });

update(
  "client-compact-update",
  "reads the values of an object by the layout",
  "the values of the object, by the layout",
  async (client) => {
    const connection = await client.connectCompact();
    await subscribed(client, connection, 1, barsOf("AAPL"), { alias: 7, layout: BAR });
    connection.send([7, 1, values(1)]);
    connection.send([7, 2, values(2)]);
    await client.updated(1, bar(1));
    await client.updated(1, bar(2));
  },
);

update(
  "client-compact-without-layout",
  "reads an update without a layout as it is",
  "the update as it is",
  async (client) => {
    const connection = await client.connectCompact();
    await subscribed(client, connection, 1, barsOf("AAPL"), { alias: 7 });
    connection.send([7, 1, bar(1)]);
    await client.updated(1, bar(1));
  },
);

update(
  "client-compact-not-packed",
  "reads an update that is not an array as it is, although the alias has a layout",
  "the update as it is",
  async (client) => {
    const connection = await client.connectCompact();
    await subscribed(client, connection, 1, barsOf("AAPL"), { alias: 7, layout: BAR });
    connection.send([7, 1, bar(1)]);
    connection.send([7, 2, values(2)]);
    await client.updated(1, bar(1));
    await client.updated(1, bar(2));
  },
);

update(
  "client-compact-nested",
  "reads an object in an object",
  "With the layout of an object: the array has exactly the values of the object.",
  async (client) => {
    const connection = await client.connectCompact();
    const layout = { members: ["s", "n", ["v", { members: Object.keys(QUOTE.v) }]] };
    await subscribed(client, connection, 1, quotesOf("AAPL"), { alias: 1, layout });
    connection.send([1, 1, [QUOTE.s, QUOTE.n, Object.values(QUOTE.v)]]);
    await client.updated(1, QUOTE);
  },
);

update(
  "client-compact-sparse",
  "leaves out the members whose bits are set",
  'With `"sparse": true` they begin with an integer: if its bit *i* (0 to 30) is set, the member with index *i* is absent and has no value.',
  async (client) => {
    const connection = await client.connectCompact();
    const [first = "", ...others] = Object.keys(QUOTE.v);
    const v = { members: [first, "absent", ...others], sparse: true };
    await subscribed(client, connection, 1, quotesOf("AAPL"), { alias: 1, layout: { members: ["s", "n", ["v", v]] } });
    connection.send([1, 1, [QUOTE.s, QUOTE.n, [2, ...Object.values(QUOTE.v)]]]);
    await client.updated(1, QUOTE);
  },
);

update(
  "client-compact-mixed",
  "reads both forms on one connection",
  "Updates can be compact and of the usual form on one connection, and even for one topic: a frame that begins with `[` is compact.",
  async (client) => {
    const target = barsOf("AAPL");
    const connection = await client.connectCompact();
    await subscribed(client, connection, 1, target, { alias: 7, layout: BAR });
    connection.send([7, 1, values(1)]);
    client.update(connection, target, bar(2), 2);
    connection.send([7, 3, values(3)]);
    for (const time of [1, 2, 3]) await client.updated(1, bar(time));
  },
);

inGroup({ section: "Alias and layout", tier: "required", needs })(
  "client-compact-new-alias",
  "uses the aliases of the connection, not those of the one before",
  "Stands for the topic on this connection, until the next subscribe reply for the topic.",
  async (client) => {
    const [a, b] = [barsOf("A"), barsOf("B")];
    const first = await client.connectCompact();
    await subscribed(client, first, 1, a, { alias: 1, layout: BAR });
    await subscribed(client, first, 2, b, { alias: 2, layout: BAR });
    first.terminate();
    const second = await client.server.accept();
    const position = { ...START, epoch: "e2" };
    await client.confirm(second, a, { ...position, compact: { alias: 2, layout: BAR } });
    await client.confirm(second, b, { ...position, compact: { alias: 1, layout: BAR } });
    second.send([1, 1, values(1)]);
    await client.updated(2, bar(1));
    second.send([2, 1, values(2)]);
    await client.updated(1, bar(2));
  },
);

inGroup({ section: "Positions", tier: "required", needs: [...needs, "positions"] })(
  "client-compact-duplicates",
  "drops compact updates that it has received",
  "A client drops updates whose offset is not above its position.",
  async (client) => {
    const connection = await client.connectCompact();
    await subscribed(client, connection, 1, barsOf("AAPL"), { alias: 7, layout: BAR });
    connection.send([7, 2, values(2)]);
    connection.send([7, 1, values(1)]);
    connection.send([7, 2, values(2)]);
    connection.send([7, 3, values(3)]);
    await client.updated(1, bar(2));
    await client.updated(1, bar(3));
  },
);

const invalid = inGroup({ section: "Invalid compact updates", tier: "required", needs: [...needs, "errors"] });
const INVALID =
  "A client reports a compact update with an unknown alias, or with values that do not match the layout, as an invalid frame, and keeps the connection.";

for (const [id, title, frame] of [
  ["client-compact-unknown-alias", "reports an unknown alias, and keeps the connection", [99, 1, values(1)]],
  ["client-compact-missing-values", "reports missing values, and keeps the connection", [7, 1, values(1).slice(1)]],
  [
    "client-compact-more-values",
    "reports values without a member, and keeps the connection",
    [7, 1, [...values(1), 1]],
  ],
] as const) {
  invalid(id, title, INVALID, async (client) => {
    const connection = await client.connectCompact();
    await subscribed(client, connection, 1, barsOf("AAPL"), { alias: 7, layout: BAR });
    connection.send(frame);
    await client.event({ type: "error" });
    connection.send([7, 2, values(2)]);
    await client.updated(1, bar(2));
  });
}
