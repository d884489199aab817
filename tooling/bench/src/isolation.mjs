import { wsServer } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";

const MAX_RATIO = 1.2;
const FAST_CLIENTS = 200;
/** Updates pending for the stalled client before the measurement starts: far more than the kernel buffers. */
const BACKLOG = 60_000;

/** Measures whether a client that does not read delays the clients that do. @type {import("./main.mjs").Part} */
export async function isolation({ quick, showProgress }) {
  const [pairs, turns] = quick ? [3, 20] : [9, 150];
  const load = { turns, topics: 1, updates: 5, everyMs: 10, sameBar: true };
  const backlog = { turns: BACKLOG / 100, topics: 1, first: 1, updates: 100, sameBar: true };
  const samples = { without: /** @type {number[]} */ ([]), with: /** @type {number[]} */ ([]) };
  let stayed = 0;
  await withSides(async (open) => {
    const server = await open.server(wsServer);
    const fast = await open.loader(server, { connections: FAST_CLIENTS, topics: 1, stamp: "volume" });
    const p99 = async () => {
      const measured = await fast.countFrames(load.turns * load.updates * FAST_CLIENTS, () => server.publish(load));
      return measured.p99Us / 1000;
    };
    await p99();
    for (let pair = 1; pair <= pairs; pair++) {
      showProgress(`pair ${pair} of ${pairs}`);
      const measure = {
        without: async () => samples.without.push(await p99()),
        with: async () => {
          const stalled = await open.loader(server, { connections: 1, topics: 2, each: 2, stalled: true });
          await server.publish(backlog);
          samples.with.push(await p99());
          const { counts } = await server.usage();
          if (counts?.connections === FAST_CLIENTS + 1) stayed++;
          await stalled.stop();
        },
      };
      // The second measurement of a pair runs on a warmer machine, so the order alternates.
      const order = [measure.without, measure.with];
      for (const side of pair % 2 === 0 ? order.reverse() : order) await side();
    }
  });
  const ratio = median(samples.with.map((sample, pair) => sample / samples.without[pair]));
  const [figure, limit, verdict] = within(ratio, MAX_RATIO, "×");
  const table = {
    title: `p99 of ${FAST_CLIENTS} clients, without and with one that does not read (${pairs} interleaved pairs)`,
    head: ["", "without, ms", "with, ms", "ratio", "limit", ""],
    rows: [["median", median(samples.without).toFixed(2), median(samples.with).toFixed(2), figure, limit, verdict]],
    note: `The client that does not read was still connected at the end of ${stayed} of ${pairs} rounds.`,
  };
  return {
    tables: [table],
    broken: ratio <= MAX_RATIO ? [] : [`p99 with a stalled consumer is ${figure} the p99 without one`],
  };
}
