import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { quote, quotesOf, trade, tradesOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as conflationScenarios };

const needs = ["positions", "publish"];

const conflation = inGroup({ section: "Conflation", tier: "required", needs });

/** More than the buffers of two kernels and of the server take together. */
const STALLED_BYTES = 12_000_000;
const BATCH = 500;
/** A server may end a connection whose client has read nothing for this time. The close frame is then lost. */
const CLOSING_MS = 1_000;

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
    const pausedAt = performance.now();
    peer.pause();
    for (let batch = 0; batch < batches; batch++) {
      const updates = Array.from({ length: BATCH }, (_, index) => ({
        ...trade(batch * BATCH + index),
        id: `${batch * BATCH + index} ${padding}`,
      }));
      await server.publish(target, ...updates);
    }
    const codes = performance.now() - pausedAt > CLOSING_MS ? [1013, 1006] : [1013];
    peer.resume();
    for (let wanted = 0; wanted < batches * BATCH; wanted++) {
      const frame = await peer.nextOrClose();
      if (frame === undefined) return peer.closes(codes);
      const id = Number.parseInt(frame.payload.payload?.id, 10);
      if (id !== wanted) throw new WireFailure(`the update ${wanted}, or a close with 1013`, `the update ${id}`);
    }
  },
  ["trades"],
);
