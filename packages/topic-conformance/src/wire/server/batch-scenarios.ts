import { is } from "../match.js";
import type { Peer } from "../peer.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf, type TestTopic } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as batchScenarios };

const batches = inGroup({ section: "Batches", tier: "session", needs: ["session", "batches", "publish"] });

const UPDATES = Array.from({ length: 20 }, (_, index) => bar(index + 1));

/** Connects with a request for batches, or another query. */
async function connect(server: ServerContext, value: string, maxBatchBytes: unknown): Promise<Peer> {
  const peer = await server.connect({ query: `protocol=2${value && `&maxBatchBytes=${value}`}` });
  await peer.expect({ type: "session.welcome", payload: { maxBatchBytes } });
  return peer;
}

/** Publishes updates of a topic to subscribed connections, and reads them. */
async function publish(server: ServerContext, target: TestTopic, ...peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) await server.subscribeSession(peer, target);
  await server.publish(target, ...UPDATES);
  for (const peer of peers) for (const update of UPDATES) await server.update(peer, target, update);
}

batches(
  "batch-confirmed",
  "confirms batches of at most the requested length",
  "A server that sends batches confirms with `maxBatchBytes` in the [welcome](#session-welcome), which is at most the requested value.",
  async (server) => void (await connect(server, "1000", is.between(1, 1_000))),
);

batches(
  "batch-not-requested",
  "sends no batches to a client that has not requested them",
  "A client requests batches by `maxBatchBytes` in the URL",
  async (server) => publish(server, barsOf(server.name()), await connect(server, "", is.absent)),
);

for (const value of ["0", "-1", "many"]) {
  batches(
    `batch-invalid-${value}`,
    `sends no batches for maxBatchBytes=${value}`,
    "An invalid value requests none.",
    async (server) => publish(server, barsOf(server.name()), await connect(server, value, is.absent)),
  );
}

batches(
  "batch-welcome-alone",
  "sends the welcome alone in its message",
  "The welcome is alone in its message.",
  async (server) => {
    const peer = await server.connect({ query: "protocol=2&maxBatchBytes=65536" });
    peer.send({ type: "bars.subscribe", payload: barsOf(server.name()).params });
    await peer.expect({ type: "session.welcome", payload: { maxBatchBytes: is.between(1, 65_536) } });
    await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok" } });
  },
);

batches(
  "batch-frames",
  "sends the same frames in the same order with and without batches",
  "The frames of a batch are the frames that the client would get without batches, in the same order, and no line is empty.",
  async (server) => {
    const peers = [
      await connect(server, "65536", is.between(1, 65_536)),
      await connect(server, "", is.absent),
    ] as const;
    await publish(server, barsOf(server.name()), ...peers);
    const [batched, single] = peers.map(({ messages }) => messages.slice(1).join("\n"));
    if (batched !== single) throw new WireFailure(`the frames ${single}`, `${batched}`);
  },
);

batches("batch-limit", "keeps batches within the limit", "No batch is longer than `maxBatchBytes`.", async (server) => {
  const peer = await connect(server, "600", is.between(1, 600));
  await publish(server, barsOf(server.name()), peer);
  const longer = peer.messages.find((text) => Buffer.byteLength(text) > 600 && text.includes("\n"));
  if (longer !== undefined) throw new WireFailure("batches of at most 600 bytes", longer);
});

batches(
  "batch-from-client",
  "handles a batch of a client as an invalid frame",
  "A client sends no batches: a server handles one as an [invalid frame](#invalid-frames).",
  async (server) => {
    const peer = await connect(server, "65536", is.between(1, 65_536));
    peer.send('{"type":"ping"}\n{"type":"ping"}');
    await peer.expect({ type: "error", payload: { code: "invalid_message" } });
    await server.settle(peer);
  },
);
