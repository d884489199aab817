import { is } from "../match.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { publishAll, readAll } from "./positions.js";
import { bar, barsOf, quote, quotesOf, trade, tradesOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as positionScenarios };

const needs = ["positions", "publish"];

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
