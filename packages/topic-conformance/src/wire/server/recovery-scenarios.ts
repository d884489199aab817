import { is } from "../match.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { expectRecovered, publishAll, readAll, resume } from "./positions.js";
import { bar, barsOf, trade, tradesOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as recoveryScenarios };

const needs = ["positions", "publish"];

const recovery = inGroup({ section: "Recovery", tier: "required", needs });
const MISSED = "the missed updates, without superseded ones";
const SNAPSHOT = "a snapshot, which replaces all state";

recovery("recovery-keyed", "sends the missed updates without superseded ones", MISSED, async (server) => {
  const target = barsOf(server.name());
  const updates = [bar(1), bar(2), bar(3), bar(2, 151), bar(4)];
  const { epoch, offsets } = await publishAll(server, target, updates);
  const { peer, payload } = await resume(server, target, { epoch, offset: offsets[0] });
  expectRecovered(payload, true);
  await readAll(server, peer, target, [bar(3), bar(2, 151), bar(4)]);
});

recovery("recovery-nothing-missed", "recovers nothing at the current offset", MISSED, async (server) => {
  const target = barsOf(server.name());
  const { epoch, offsets } = await publishAll(server, target, [bar(1), bar(2)]);
  const { peer, payload } = await resume(server, target, { epoch, offset: offsets[1] });
  expectRecovered(payload, true);
  await server.settle(peer);
  await server.publish(target, bar(3));
  await readAll(server, peer, target, [bar(3)]);
});

recovery(
  "recovery-log",
  "sends every missed update of a log topic",
  MISSED,
  async (server) => {
    const target = tradesOf(server.name());
    const updates = Array.from({ length: 30 }, (_, index) => trade(index));
    const { epoch, offsets } = await publishAll(server, target, updates);
    const { peer, payload } = await resume(server, target, { epoch, offset: offsets[9] });
    expectRecovered(payload, true);
    await readAll(server, peer, target, updates.slice(10));
  },
  ["trades"],
);

recovery(
  "recovery-from-zero",
  "recovers a log topic from the offset 0",
  "the epoch is equal, and floor ≤ offset ≤ current offset",
  async (server) => {
    const target = tradesOf(server.name());
    const { epoch } = await publishAll(server, target, [trade(1), trade(2)]);
    const { peer, payload } = await resume(server, target, { epoch, offset: 0 });
    expectRecovered(payload, true);
    await readAll(server, peer, target, [trade(1), trade(2)]);
  },
  ["trades"],
);

recovery(
  "recovery-past-retention",
  "sends a snapshot if the missed bars are no longer retained",
  SNAPSHOT,
  async (server) => {
    const target = barsOf(server.name());
    const updates = Array.from({ length: 150 }, (_, index) => bar(index));
    const { epoch, offsets } = await publishAll(server, target, updates);
    const { peer, payload } = await resume(server, target, { epoch, offset: offsets[0] });
    expectRecovered(payload, false);
    if (payload.snapshot !== true) throw new WireFailure('"snapshot": true', JSON.stringify(payload));
    await readAll(server, peer, target, [bar(149)]);
  },
);

recovery(
  "recovery-at-the-floor",
  "recovers a log topic from its floor, and not from one update before",
  "the epoch is equal, and floor ≤ offset ≤ current offset",
  async (server) => {
    const target = tradesOf(server.name());
    const updates = Array.from({ length: 1_010 }, (_, index) => trade(index));
    const { epoch, offsets } = await publishAll(server, target, updates);
    const floor = offsets[9] as number;
    const at = await resume(server, target, { epoch, offset: floor });
    expectRecovered(at.payload, true);
    await readAll(server, at.peer, target, updates.slice(10));
    const below = await resume(server, target, { epoch, offset: floor - 1 });
    expectRecovered(below.payload, false);
    await server.settle(below.peer);
  },
  ["trades"],
);

recovery("recovery-of-another-epoch", "sends a snapshot for a position of another epoch", SNAPSHOT, async (server) => {
  const target = barsOf(server.name());
  const { offsets } = await publishAll(server, target, [bar(1), bar(2)]);
  const { peer, payload } = await resume(server, target, { epoch: "another-epoch", offset: offsets[0] });
  expectRecovered(payload, false);
  if (payload.snapshot !== true) throw new WireFailure('"snapshot": true', JSON.stringify(payload));
  await readAll(server, peer, target, [bar(2)]);
});

recovery(
  "recovery-of-another-epoch-log",
  "sends new updates only for a position of another epoch of a log topic",
  "new updates; the client has to load the missed ones elsewhere",
  async (server) => {
    const target = tradesOf(server.name());
    await publishAll(server, target, [trade(1), trade(2)]);
    const { peer, payload } = await resume(server, target, { epoch: "another-epoch", offset: 1 });
    expectRecovered(payload, false);
    await server.publish(target, trade(3));
    await readAll(server, peer, target, [trade(3)]);
  },
  ["trades"],
);

recovery(
  "recovery-from-the-future",
  "does not recover from an offset above the current one",
  SNAPSHOT,
  async (server) => {
    const target = barsOf(server.name());
    const { epoch, offsets } = await publishAll(server, target, [bar(1)]);
    const { peer, payload } = await resume(server, target, { epoch, offset: (offsets[0] as number) + 100 });
    expectRecovered(payload, false);
    await readAll(server, peer, target, [bar(1)]);
  },
);

const repeated = inGroup({ section: "Repeated subscribe requests", tier: "required", needs });

repeated(
  "repeated-subscribe",
  "replies to a repeated subscribe with the offset, without snapshot and recovered",
  "A subscribe request for a subscribed topic gets a second reply with the cursor's `offset`, without `snapshot` and `recovered`.",
  async (server) => {
    const target = barsOf(server.name());
    const { holder, offsets } = await publishAll(server, target, [bar(1), bar(2)]);
    holder.send({ type: "bars.subscribe", payload: target.params });
    const payload = { status: "ok", offset: offsets[1], snapshot: is.absent, recovered: is.absent };
    await holder.expect({ type: "bars.subscribe.response", payload });
    await server.settle(holder);
  },
);

repeated(
  "repeated-resume",
  "sets the cursor of a subscribed topic again with a resume",
  "With `resume`, the request first discards the topic's unsent updates and then sets the cursor again.",
  async (server) => {
    const target = barsOf(server.name());
    const { holder, epoch, offsets } = await publishAll(server, target, [bar(1), bar(2), bar(3)]);
    const { payload } = await server.subscribe(holder, target, { resume: { epoch, offset: offsets[0] } });
    expectRecovered(payload, true);
    await readAll(server, holder, target, [bar(2), bar(3)]);
  },
);
