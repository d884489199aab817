import { scenarioList, WireFailure } from "../scenario.js";
import type { ScriptedConnection } from "../scripted-server.js";
import { bar, barsOf, type TestTopic } from "../server/topics.js";
import { type ClientContext, START } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as batchClientScenarios };

const batches = inGroup({ section: "Batches", tier: "session", needs: ["session", "batches"] });
const SAME = "The client handles the frames of a batch as if each had been a message.";

/** Makes the client's first connection a session with batches. */
async function connected(client: ClientContext): Promise<ScriptedConnection> {
  const connection = await client.connect();
  client.welcome(connection, 30_000, { maxBatchBytes: 65_536 });
  return connection;
}

function update({ route, topic }: TestTopic, time: number): string {
  return JSON.stringify({ type: `${route}.update`, payload: { topic, offset: time, payload: bar(time) } });
}

batches(
  "client-requests-batches",
  "requests batches in the URL",
  "A client requests batches by `maxBatchBytes` in the URL, the length in bytes of the longest one that it accepts",
  async (client) => {
    const { target } = await client.connect();
    const value = new URLSearchParams(target.split("?")[1]).get("maxBatchBytes") ?? "";
    if (!/^[1-9]\d*$/.test(value)) throw new WireFailure("maxBatchBytes in the URL", target);
  },
);

batches("client-batch", "reads all frames of a batch in their order", SAME, async (client) => {
  const [a, b] = [barsOf("A"), barsOf("B")];
  const connection = await connected(client);
  await client.subscribed(connection, 1, a);
  await client.subscribed(connection, 2, b);
  connection.send([update(a, 1), update(b, 1), update(a, 2)].join("\n"));
  connection.send(update(b, 2));
  await client.updated(1, bar(1));
  await client.updated(2, bar(1));
  await client.updated(1, bar(2));
  await client.updated(2, bar(2));
});

batches("client-batch-reply", "reads a reply and an update in one batch", SAME, async (client) => {
  const target = barsOf("A");
  const connection = await connected(client);
  client.listen(1, target);
  const { id } = await client.requested(connection, target);
  const payload = { status: "ok", message: "Subscribed", topic: target.topic, ...START };
  const reply = JSON.stringify({ type: "bars.subscribe.response", payload, ...(id !== undefined && { id }) });
  connection.send([reply, update(target, 1)].join("\n"));
  await client.updated(1, bar(1));
});

batches(
  "client-batch-invalid-frame",
  "reads the other frames of a batch with a frame that is not JSON",
  "It reports a frame that it cannot read as an invalid frame, and reads the others.",
  async (client) => {
    const target = barsOf("A");
    const connection = await connected(client);
    await client.subscribed(connection, 1, target);
    connection.send([update(target, 1), '{"type":', update(target, 2)].join("\n"));
    await client.updated(1, bar(1));
    await client.event({ type: "error" });
    await client.updated(1, bar(2));
  },
  ["errors"],
);

batches(
  "client-batch-not-confirmed",
  "reads a frame of several lines from a server that has not confirmed batches",
  "Without this confirmation, each message is one frame, which can contain line feeds between its members.",
  async (client) => {
    const target = barsOf("A");
    const connection = await client.session();
    await client.subscribed(connection, 1, target);
    connection.send(JSON.stringify(JSON.parse(update(target, 1)), undefined, 2));
    await client.updated(1, bar(1));
  },
);
