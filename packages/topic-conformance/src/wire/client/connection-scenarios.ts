import { scenarioList } from "../scenario.js";
import { bar, barsOf } from "../server/topics.js";
import type { ClientContext } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as connectionScenarios };

/** A legacy server's replies have no position. */
const NO_POSITION = {};

const heartbeat = inGroup({ section: "Heartbeat", tier: "required", needs: ["heartbeat"] });

heartbeat(
  "client-heartbeat",
  "keeps a connection alive by repeating a subscribe request",
  "A client keeps the connection alive by repeating a subscribe request of a topic that it has subscribed to.",
  async (client) => {
    const connection = await client.connect({ heartbeatIntervalMs: 2_000 });
    const target = barsOf("AAPL");
    await client.subscribed(connection, 1, target, NO_POSITION);
    await client.confirm(connection, target, NO_POSITION);
    await client.confirm(connection, target, NO_POSITION);
    client.update(connection, target, bar(1));
    await client.updated(1, bar(1));
  },
);

const suspects = inGroup({ section: "Invalid frames", tier: "required", needs: ["suspects", "errors"] });
const SUSPECT = "On the next connection it sends the suspects last and one at a time.";

/** Gets a connection closed on one of two frames, and returns the next one, whose confirmed topic was sent first. */
async function closedOnFrame(client: ClientContext) {
  const first = await client.connect();
  await client.subscribed(first, 1, GOOD, NO_POSITION);
  client.listen(2, BAD);
  client.listen(3, OTHER);
  await client.requested(first, BAD);
  await client.requested(first, OTHER);
  first.close(1003, "Could not validate payload");
  const second = await client.server.accept();
  await client.confirm(second, GOOD, NO_POSITION);
  return second;
}

const [GOOD, BAD, OTHER] = [barsOf("GOOD"), barsOf("BAD"), barsOf("OTHER")];

suspects("client-suspects-last", "sends the frames that may have caused a close last", SUSPECT, async (client) => {
  const second = await closedOnFrame(client);
  await client.confirm(second, BAD, NO_POSITION);
  await client.confirm(second, OTHER, NO_POSITION);
  client.update(second, OTHER, bar(1));
  await client.updated(3, bar(1));
});

suspects(
  "client-suspect-fails",
  "fails the subscription whose frame alone caused a close, and keeps the others",
  "If such a close follows a suspect that was alone, the client fails that subscription.",
  async (client) => {
    const second = await closedOnFrame(client);
    await client.requested(second, BAD);
    second.close(1003, "Could not validate payload");
    await client.event({ type: "error" });
    const third = await client.server.accept();
    await client.confirm(third, GOOD, NO_POSITION);
    await client.confirm(third, OTHER, NO_POSITION);
    await client.settle(third);
  },
);

const normal = inGroup({ section: "Close codes", tier: "required" });

normal(
  "client-close",
  "closes the connection, and sends nothing after",
  "One side closed the connection normally.",
  async (client) => {
    const connection = await client.connect();
    await client.subscribed(connection, 1, barsOf("AAPL"), NO_POSITION);
    client.send({ type: "close" });
    await client.event({ type: "closed" });
    await connection.closed();
  },
);
