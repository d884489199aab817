import { is } from "../match.js";
import type { Peer } from "../peer.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { bar, barsOf, quote, quotesOf, type TestTopic, trade, tradesOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as positionScenarios };

const needs = ["positions", "publish"];

/** Subscribes a connection that keeps the topic running, publishes, and returns the offset of each update. */
async function publishAll(server: ServerContext, target: TestTopic, updates: readonly object[]) {
  const holder = await server.connect({ name: "holder" });
  const { epoch, offset: start } = (await server.subscribe(holder, target)).payload;
  await server.publish(target, ...updates);
  const offsets: number[] = [];
  for (const update of updates) offsets.push((await server.update(holder, target, update)).payload.offset);
  return { holder, epoch: epoch as string, start: start as number, offsets };
}

/** Subscribes with a position. */
async function resume(server: ServerContext, target: TestTopic, position: object) {
  const peer = await server.connect({ name: "resumed" });
  const { payload } = await server.subscribe(peer, target, { resume: position });
  return { peer, payload };
}

function expectRecovered(payload: { readonly recovered?: unknown }, wanted: boolean): void {
  if (payload.recovered !== wanted) throw new WireFailure(`"recovered": ${wanted}`, JSON.stringify(payload));
}

async function readAll(server: ServerContext, peer: Peer, target: TestTopic, updates: readonly object[]) {
  for (const update of updates) await server.update(peer, target, update);
  await server.settle(peer);
}

const reply = inGroup({ section: "Subscribe reply", tier: "required", needs: ["positions"] });

reply(
  "position-keyed-reply",
  "sends the position of a keyed topic in the reply",
  "The position of the subscription's cursor.",
  async (server) => {
    const peer = await server.connect();
    const target = barsOf(server.name());
    peer.send({ type: "bars.subscribe", payload: target.params });
    const payload = { epoch: is.text, retention: "keyed", offset: is.integer, snapshot: true, recovered: is.absent };
    await peer.expect({ type: "bars.subscribe.response", payload });
  },
);

reply(
  "position-log-reply",
  "sends the position of a log topic in the reply",
  "Whether the route has a key.",
  async (server) => {
    const peer = await server.connect();
    const target = tradesOf(server.name());
    peer.send({ type: "trades.subscribe", payload: target.params });
    const payload = { epoch: is.text, retention: "log", offset: is.integer, snapshot: is.absent };
    await peer.expect({ type: "trades.subscribe.response", payload });
  },
  ["trades"],
);

const positions = inGroup({ section: "Positions", tier: "required", needs });

positions(
  "offsets-increase",
  "gives each update of an epoch a higher offset",
  "Each update has an **offset**, which increases strictly within the epoch.",
  async (server) => {
    const { start, offsets } = await publishAll(server, barsOf(server.name()), [bar(1), bar(1, 150), bar(2), bar(1)]);
    let before = start;
    for (const offset of offsets) {
      if (!(offset > before)) throw new WireFailure(`an offset above ${before}`, String(offset));
      before = offset;
    }
  },
);

positions(
  "offsets-of-a-log",
  "gives each update of a log topic the next offset",
  "On a log route each offset is exactly one more than the last.",
  async (server) => {
    const updates = Array.from({ length: 20 }, (_, index) => trade(index));
    const { start, offsets } = await publishAll(server, tradesOf(server.name()), updates);
    const wanted = updates.map((_, index) => start + 1 + index);
    if (String(offsets) !== String(wanted)) throw new WireFailure(`the offsets ${wanted}`, String(offsets));
  },
  ["trades"],
);

positions(
  "epoch-of-two-subscribers",
  "gives two subscribers the same epoch",
  "An **epoch** is one run of a topic's source, from its start to its end.",
  async (server) => {
    const target = barsOf(server.name());
    const { epoch } = (await server.subscribe(await server.connect(), target)).payload;
    const second = (await server.subscribe(await server.connect(), target)).payload.epoch;
    if (second !== epoch) throw new WireFailure(`the epoch ${epoch}`, String(second));
  },
);

positions(
  "epoch-ends",
  "starts another epoch after the source has ended",
  "An **epoch** is one run of a topic's source, from its start to its end.",
  async (server) => {
    const target = barsOf(server.name());
    const peer = await server.connect();
    const { epoch } = (await server.subscribe(peer, target)).payload;
    await server.unsubscribe(peer, target);
    await server.running(target, false);
    const next = (await server.subscribe(peer, target)).payload.epoch;
    if (next === epoch) throw new WireFailure("another epoch", `the epoch ${next} again`);
  },
  ["topics"],
);

const snapshots = inGroup({ section: "Snapshots", tier: "required", needs });

snapshots(
  "snapshot-current-bar",
  "sends the bar with the greatest time to a new subscriber",
  "For bars, the cursor starts just below the bar with the greatest `time`.",
  async (server) => {
    const target = barsOf(server.name());
    await publishAll(server, target, [bar(1), bar(2), bar(3), bar(3, 151)]);
    const peer = await server.connect();
    await server.subscribe(peer, target);
    await readAll(server, peer, target, [bar(3, 151)]);
  },
);

snapshots(
  "snapshot-late-correction",
  "sends a late correction of an older bar after the current one",
  "Late corrections of older bars can follow it.",
  async (server) => {
    const target = barsOf(server.name());
    await publishAll(server, target, [bar(1), bar(2), bar(3), bar(2, 149)]);
    const peer = await server.connect();
    await server.subscribe(peer, target);
    await readAll(server, peer, target, [bar(3), bar(2, 149)]);
  },
);

snapshots(
  "snapshot-of-all-keys",
  "sends the latest update of each key",
  "A new subscription's cursor starts just below the updates that the [route](#routes) grants to a new subscriber",
  async (server) => {
    const [a, b, c] = [server.name(), server.name(), server.name()];
    const target = quotesOf(a, b, c);
    await publishAll(server, target, [quote(a, "1"), quote(b, "1"), quote(a, "2"), quote(c, "1"), quote(b, "2")]);
    const peer = await server.connect();
    await server.subscribe(peer, target);
    await readAll(server, peer, target, [quote(a, "2"), quote(c, "1"), quote(b, "2")]);
  },
  ["quotes"],
);

snapshots(
  "snapshot-then-updates",
  "sends updates after the snapshot, each once",
  "A new subscription's cursor starts just below the updates that the [route](#routes) grants to a new subscriber",
  async (server) => {
    const target = barsOf(server.name());
    await publishAll(server, target, [bar(1)]);
    const peer = await server.connect();
    await server.subscribe(peer, target);
    await server.update(peer, target, bar(1));
    await server.publish(target, bar(1, 151), bar(2));
    await readAll(server, peer, target, [bar(1, 151), bar(2)]);
  },
);

snapshots(
  "log-without-snapshot",
  "sends a new subscriber of a log topic new updates only",
  "A log route has no snapshot.",
  async (server) => {
    const target = tradesOf(server.name());
    const { offsets } = await publishAll(server, target, [trade(1), trade(2)]);
    const peer = await server.connect();
    const { offset } = (await server.subscribe(peer, target)).payload;
    if (offset !== offsets[1]) throw new WireFailure(`the current offset ${offsets[1]}`, String(offset));
    await server.publish(target, trade(3));
    await readAll(server, peer, target, [trade(3)]);
  },
  ["trades"],
);

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

const conflation = inGroup({ section: "Conflation", tier: "required", needs });

/** More than the buffers of two kernels and of the server take together. */
const STALLED_BYTES = 12_000_000;
const BATCH = 500;

conflation(
  "stalled-keyed",
  "sends a reader that stalls ascending offsets and the last state of each key",
  "The updates that were superseded meanwhile are never sent.",
  async (server) => {
    const symbols = Array.from({ length: 10 }, () => server.name());
    const target = quotesOf(...symbols);
    const peer = await server.connect({ name: "stalled" });
    await server.subscribe(peer, target);
    const padding = "x".repeat(1_000);
    const batches = Math.ceil(STALLED_BYTES / (BATCH * padding.length));
    peer.pause();
    for (let batch = 0; batch < batches; batch++) {
      const updates = Array.from({ length: BATCH }, (_, index) =>
        quote(symbols[index % symbols.length] as string, `${batch * BATCH + index} ${padding}`),
      );
      await server.publish(target, ...updates);
    }
    peer.resume();
    const total = batches * BATCH;
    const missing = new Set(symbols.map((_, index) => total - symbols.length + index));
    let last = -1;
    while (missing.size > 0) {
      const { payload } = await peer.expect({ type: "quotes.update", payload: { topic: target.topic } });
      if (!(payload.offset > last)) throw new WireFailure(`an offset above ${last}`, String(payload.offset));
      last = payload.offset;
      missing.delete(Number.parseInt(payload.payload.v.description, 10));
    }
    await server.settle(peer);
  },
  ["quotes"],
);

conflation(
  "stalled-log",
  "closes a log subscriber that stalls instead of leaving a hole",
  "The server then closes the connection (4101; base 1013) instead of leaving a gap unreported.",
  async (server) => {
    const target = tradesOf(server.name());
    // Keeps the source running after the server has closed the other connection.
    await server.subscribe(await server.connect({ name: "holder" }), target);
    const peer = await server.connect({ name: "stalled" });
    await server.subscribe(peer, target);
    const padding = "x".repeat(1_000);
    const batches = Math.ceil(STALLED_BYTES / (BATCH * padding.length));
    peer.pause();
    for (let batch = 0; batch < batches; batch++) {
      const updates = Array.from({ length: BATCH }, (_, index) => ({
        ...trade(batch * BATCH + index),
        id: `${batch * BATCH + index} ${padding}`,
      }));
      await server.publish(target, ...updates);
    }
    peer.resume();
    for (let wanted = 0; wanted < batches * BATCH; wanted++) {
      const frame = await peer.nextOrClose();
      if (frame === undefined) return peer.closes(1013);
      const id = Number.parseInt(frame.payload.payload?.id, 10);
      if (id !== wanted) throw new WireFailure(`the update ${wanted}, or a close with 1013`, `the update ${id}`);
    }
  },
  ["trades"],
);
