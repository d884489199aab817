import { is } from "../match.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as sessionScenarios };

const connecting = inGroup({ section: "Connecting", tier: "session", needs: ["session"] });
const FIRST = "The server's first frame decides";

connecting("session-welcome-first", "sends session.welcome as the first frame", FIRST, async (server) => {
  const peer = await server.connect({ query: "protocol=2" });
  peer.send({ type: "bars.subscribe", payload: barsOf(server.name()).params });
  const payload = {
    connectionId: is.text,
    protocol: is.between(2, Number.MAX_SAFE_INTEGER),
    heartbeatIntervalMs: is.integer,
    maxConnectionLifespanMs: is.integer,
    serverTime: is.integer,
    server: is.text,
  };
  await peer.expect({ type: "session.welcome", payload });
  await peer.expect({ type: "bars.subscribe.response", payload: { status: "ok" } });
});

connecting("session-later-version", "accepts a later version of the session extension", FIRST, async (server) => {
  const peer = await server.connect({ query: "protocol=3" });
  await peer.expect({ type: "session.welcome" });
});

for (const [id, query] of [
  ["none", undefined],
  ["one", "protocol=1"],
  ["text", "protocol=two"],
] as const) {
  connecting(
    `session-not-requested-${id}`,
    `sends no welcome ${query === undefined ? "without the parameter" : `for ?${query}`}`,
    "A client requests the session extension with `?protocol=2` in the URL (an integer of at least 2).",
    async (server) => server.settle(await server.connect(query === undefined ? {} : { query })),
  );
}

const welcome = inGroup({ section: "Session welcome", tier: "session", needs: ["session"] });

welcome(
  "session-connection-ids",
  "gives each connection its own id",
  "The server's identifier of the connection.",
  async (server) => {
    const first = await server.connect({ query: "protocol=2" });
    const { connectionId } = (await first.expect({ type: "session.welcome" })).payload;
    const second = await server.connect({ query: "protocol=2" });
    await second.expect({ type: "session.welcome", payload: { connectionId: is.not(connectionId) } });
  },
);

const pong = inGroup({ section: "Pong", tier: "session", needs: ["session"] });

for (const id of ["p", 9, undefined] as const) {
  pong(
    `session-ping-${id === undefined ? "without-id" : typeof id === "string" ? "text-id" : "integer-id"}`,
    `replies to a ping ${id === undefined ? "without an id" : "with its id"}`,
    "Server → client. The reply to a [ping](#ping).",
    async (server) => {
      const peer = await server.session();
      peer.send({ type: "ping", ...(id !== undefined && { id }) });
      await peer.expect({ type: "pong", id: id ?? is.absent });
    },
  );
}

const current = inGroup({
  section: "Subscription current",
  tier: "session",
  needs: ["session", "positions", "publish"],
});
const COMPLETE = "The server has sent a snapshot or a recovery completely.";

current("session-current-after-snapshot", "sends subscription.current after the snapshot", COMPLETE, async (server) => {
  const target = barsOf(server.name());
  const holder = await server.connect();
  await server.subscribe(holder, target);
  await server.publish(target, bar(1), bar(2));
  await server.update(holder, target, bar(1));
  const { offset } = (await server.update(holder, target, bar(2))).payload;
  const peer = await server.session();
  const { epoch } = (await server.subscribe(peer, target)).payload;
  await server.update(peer, target, bar(2));
  await peer.expect({ type: "subscription.current", payload: { topic: target.topic, epoch, offset } });
});

current("session-current-empty", "sends subscription.current after an empty snapshot", COMPLETE, async (server) => {
  const target = barsOf(server.name());
  const peer = await server.session();
  const { epoch, offset } = (await server.subscribe(peer, target)).payload;
  await peer.expect({ type: "subscription.current", payload: { topic: target.topic, epoch, offset } });
});

current("session-current-after-recovery", "sends subscription.current after a recovery", COMPLETE, async (server) => {
  const target = barsOf(server.name());
  const holder = await server.connect();
  const { epoch } = (await server.subscribe(holder, target)).payload;
  await server.publish(target, bar(1), bar(2));
  const { offset } = (await server.update(holder, target, bar(1))).payload;
  const last = (await server.update(holder, target, bar(2))).payload.offset;
  const peer = await server.session();
  await server.subscribe(peer, target, { resume: { epoch, offset } });
  await server.update(peer, target, bar(2));
  await peer.expect({ type: "subscription.current", payload: { topic: target.topic, epoch, offset: last } });
});

const ended = inGroup({ section: "Subscription ended", tier: "session", needs: ["session", "end"] });

ended(
  "session-source-ended",
  "reports the end of a topic, and keeps the connection",
  "`source_ended` or the source's own code if the source ended the topic",
  async (server) => {
    const peer = await server.session();
    const target = barsOf(server.name());
    await server.subscribeSession(peer, target);
    await server.control.end(target.topic, server.trace);
    const payload = { topic: target.topic, code: is.text, retryable: is.boolean };
    await peer.expect({ type: "subscription.ended", payload });
    await server.settle(peer);
    await server.subscribeSession(peer, target);
  },
);

const draining = inGroup({ section: "Server draining", tier: "session", needs: ["session", "start", "drain"] });
/** Long enough that a busy machine makes two round trips in it. */
const DRAIN = { drainMs: 2_000 };

draining(
  "session-draining",
  "notifies a session, goes on serving it, and closes it with 1012 at the end",
  "At the end of that time, the server sends the message again to the remaining session connections and closes them with 1012.",
  async (server) => {
    const started = await server.start(DRAIN);
    const peer = await started.session();
    await started.control.drain(server.trace);
    await peer.expect({ type: "server.draining", payload: { reconnectAfterMs: is.integer } });
    await started.settle(peer);
    await peer.expect({ type: "server.draining", payload: { reconnectAfterMs: is.between(1_000, 1e9) } });
    await peer.closes(1012);
  },
);

draining(
  "draining-base",
  "closes a base connection with 1012",
  "The server closes base connections with 1012 a few at a time before.",
  async (server) => {
    const started = await server.start(DRAIN);
    const peer = await started.connect();
    await started.subscribe(peer, barsOf(server.name()));
    await started.control.drain(server.trace);
    await peer.closes(1012);
  },
);

draining(
  "draining-rejects",
  "rejects new connections with 503 and Retry-After",
  "Meanwhile it rejects new connections with HTTP status 503 and `Retry-After`.",
  async (server) => {
    const started = await server.start(DRAIN);
    const peer = await started.session();
    await started.control.drain(server.trace);
    await peer.expect({ type: "server.draining" });
    const rejection = await started.attempt();
    const wanted = "HTTP status 503 with Retry-After";
    if (!("status" in rejection)) throw new WireFailure(wanted, "an open connection");
    if (rejection.status !== 503 || rejection.headers["retry-after"] === undefined) {
      throw new WireFailure(wanted, `HTTP status ${rejection.status}, Retry-After ${rejection.headers["retry-after"]}`);
    }
  },
);
