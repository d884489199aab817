import { is } from "../match.js";
import { scenarioList } from "../scenario.js";
import type { ClientContext } from "./context.js";

const { scenarios, inGroup } = scenarioList<ClientContext>();

export { scenarios as requestScenarios };

const ECHO = "conformance.echo";
const needs = ["requests"];

/** Makes the client send a request of an operation. */
function request(client: ClientContext, number: number, text: string): void {
  client.send({ type: "request", request: number, operation: ECHO, payload: { text } });
}

function replied(client: ClientContext, number: number, text: string) {
  return client.event({ type: "reply", request: number, payload: { text } });
}

const requests = inGroup({ section: "Operation request", tier: "required", needs });

requests(
  "client-request",
  "sends the operation's payload, and returns the reply",
  "The type is the operation's name and the payload is the operation's own.",
  async (client) => {
    const connection = await client.connect();
    await client.settle(connection);
    request(client, 1, "é");
    connection.reply(await connection.expect({ type: ECHO, payload: { text: "é" } }), { text: "E" });
    await replied(client, 1, "E");
  },
);

requests(
  "client-request-lost",
  "reports a request that a lost connection left without a reply, and does not send it again",
  "After a lost connection, a client does not send an unanswered request again: the server may have executed it.",
  async (client) => {
    const first = await client.connect();
    await client.settle(first);
    request(client, 1, "a");
    await first.expect({ type: ECHO });
    first.terminate();
    await client.event({ type: "rejected", request: 1 });
    const second = await client.server.accept();
    await second.expect({ type: "bars.subscribe" });
    await client.settle(second);
  },
);

const envelope = inGroup({ section: "Envelope", tier: "required", needs });

envelope(
  "client-request-overtaken",
  "matches replies that overtake each other by their ids",
  "Correlates a request and its reply.",
  async (client) => {
    const connection = await client.connect();
    await client.settle(connection);
    request(client, 1, "a");
    request(client, 2, "b");
    const first = await connection.expect({ type: ECHO, payload: { text: "a" }, id: is.id });
    const second = await connection.expect({ type: ECHO, payload: { text: "b" }, id: is.id });
    connection.reply(second, { text: "B" });
    await replied(client, 2, "B");
    connection.reply(first, { text: "A" });
    await replied(client, 1, "A");
  },
  ["ids"],
);

envelope(
  "client-request-without-ids",
  "matches replies without ids in the order of the requests",
  "A client then matches replies to requests by type, first in, first out, and takes the topic from the reply.",
  async (client) => {
    const connection = await client.connect();
    await client.settle(connection);
    request(client, 1, "a");
    request(client, 2, "b");
    connection.reply(await connection.expect({ type: ECHO }), { text: "A" }, false);
    connection.reply(await connection.expect({ type: ECHO }), { text: "B" }, false);
    await replied(client, 1, "A");
    await replied(client, 2, "B");
  },
);

inGroup({ section: "Operation reply", tier: "required", needs })(
  "client-request-rejected",
  "reports the code of a rejection, and keeps the connection",
  "The payload is the operation's own, or an [error reply](#error-reply) without `topic`.",
  async (client) => {
    const connection = await client.connect();
    await client.settle(connection);
    request(client, 1, "a");
    const payload = { status: "error", message: "The exchange is unknown", code: "no_exchange" };
    connection.reply(await connection.expect({ type: ECHO }), payload);
    await client.event({ type: "rejected", request: 1, code: "no_exchange" });
    await client.settle(connection);
  },
);
