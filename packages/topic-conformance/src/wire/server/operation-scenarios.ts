import { is } from "../match.js";
import { scenarioList } from "../scenario.js";
import type { ServerContext } from "./context.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as operationScenarios };

/** The operation of the server under test, which docs/wire.md describes. */
const ECHO = "conformance.echo";
const REPLY = `${ECHO}.response`;
const needs = ["operations"];

const reply = inGroup({ section: "Operation reply", tier: "required", needs });
const TYPE = "The type is `{name}.response`.";

reply("operation-reply", "replies to an operation with its payload", TYPE, async (server) => {
  const peer = await server.connect();
  peer.send({ type: ECHO, payload: { text: "é" } });
  await peer.expect({ type: REPLY, payload: { text: "é" }, id: is.absent });
  await server.settle(peer);
});

reply(
  "operation-id",
  "echoes the id of an operation",
  TYPE,
  async (server) => {
    const peer = await server.connect();
    peer.send({ type: ECHO, payload: { text: "a" }, id: "r1" });
    await peer.expect({ type: REPLY, payload: { text: "a" }, id: "r1" });
  },
  ["ids"],
);

reply(
  "operation-error",
  "rejects an operation without a topic, and stays open",
  "The payload is the operation's own, or an [error reply](#error-reply) without `topic`.",
  async (server) => {
    const peer = await server.connect();
    peer.send({ type: ECHO, payload: { text: "a", reject: "no_exchange" } });
    const payload = { status: "error", code: "no_exchange", message: is.text, topic: is.absent };
    await peer.expect({ type: REPLY, payload });
    await server.settle(peer);
  },
);

inGroup({ section: "Order", tier: "required", needs })(
  "operation-order",
  "replies in order to operations without an id, also if the first takes longer",
  "Replies without `id` keep the order of the requests of their type.",
  async (server) => {
    const peer = await server.connect();
    peer.send({ type: ECHO, payload: { text: "slow", delayMs: 100 } });
    peer.send({ type: ECHO, payload: { text: "fast" } });
    await peer.expect({ type: REPLY, payload: { text: "slow" } });
    await peer.expect({ type: REPLY, payload: { text: "fast" } });
  },
);

inGroup({ section: "Envelope", tier: "required", needs })(
  "operation-unknown-fields",
  "drops unknown fields of an operation",
  "The receiver drops unknown fields.",
  async (server) => {
    const peer = await server.connect();
    peer.send({ type: ECHO, payload: { text: "a", later: true }, later: 1 });
    await peer.expect({ type: REPLY, payload: { text: "a", later: is.absent } });
  },
);

inGroup({ section: "Invalid frames", tier: "required", needs })(
  "operation-invalid-payload",
  "closes a base connection for a payload that the operation does not allow",
  "`Could not validate payload` if a frame is binary, is not JSON, or does not match the schema of the envelope or of its payload;",
  async (server) => {
    const peer = await server.connect();
    peer.send({ type: ECHO, payload: { text: 1 } });
    await peer.closes(1003, "Could not validate payload");
  },
);

inGroup({ section: "Error", tier: "session", needs: [...needs, "session"] })(
  "operation-invalid-payload-session",
  "reports an invalid payload of an operation, and keeps the session",
  "`invalid_message`: the frame was binary, not JSON, or did not match the schema of the envelope or of its payload.",
  async (server) => {
    const peer = await server.session();
    peer.send({ type: ECHO, payload: { text: 1 }, id: "r1" });
    await peer.expect({ type: "error", payload: { code: "invalid_message", message: is.text, id: "r1" } });
    peer.send({ type: ECHO, payload: { text: "a" }, id: "r2" });
    await peer.expect({ type: REPLY, id: "r2", payload: { text: "a" } });
  },
);

inGroup({ section: "Connecting", tier: "required", needs: [...needs, "modules"] })(
  "operation-other-module",
  "does not know the operation of another module",
  "there, the types of other modules are unknown.",
  async (server) => {
    const peer = await server.connect({ module: "datafeed" });
    peer.send({ type: ECHO, payload: { text: "a" } });
    await peer.closes(1003, "No matching type");
  },
);
