import { setTimeout as sleep } from "node:timers/promises";
import { wsServer } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";

const MAX_HEAP_GROWTH_MB = 0.5;
const CONNECTIONS = 50;
const TOPICS = 100;
/** Time for the last connections to close. What is open after it counts as left behind, also on a very slow machine. */
const SETTLE_MS = 60_000;
/** Turns the optimizer off: its code for hot functions takes half a megabyte once, which would look like a leak. */
const FLAGS = ["--expose-gc", "--no-opt", "--no-flush-bytecode", "--no-lazy-feedback-allocation"];

/** Checks that clients that connect and are disconnected leave no memory, handles or subscriptions behind. @type {import("./main.mjs").Part} */
export async function churn({ quick, showProgress }) {
  const [warm, cycles] = quick ? [200, 500] : [1_000, 10_000];
  return withSides(async (open) => {
    const server = await open.server(wsServer, { flags: FLAGS, options: { lingerMs: 0 } });
    const loader = await open.loader(server, { connections: CONNECTIONS, topics: TOPICS });
    showProgress(`${warm} warm-up cycles`);
    await loader.cycle(warm);
    const before = await settledUsage(server);
    showProgress(`${cycles.toLocaleString("en")} cycles`);
    await loader.cycle(cycles);
    const after = await settledUsage(server, before.handles.length);
    const growth = (after.heapUsed - before.heapUsed) / 1e6;
    const handles = after.handles.length - before.handles.length;
    const { connections = 0, topics = 0, subscriptions = 0 } = after.counts ?? {};
    const left = connections + topics + subscriptions;
    const rows = [
      ["heap growth", ...within(growth, MAX_HEAP_GROWTH_MB, "MB")],
      ["remaining handles", ...within(handles, 0, "")],
      ["remaining connections, topics and subscriptions", ...within(left, 0, "")],
    ];
    const title = `${cycles.toLocaleString("en")} cycles of connect, subscribe, disconnect (after ${warm.toLocaleString("en")} warm-up cycles)`;
    const broken = rows.filter((row) => row[3] !== "kept").map(([name, figure]) => `${name}: ${figure.trim()}`);
    const note = `Node runs with ${FLAGS.slice(1).join(" ")}: the memory of optimized code would look like a leak.`;
    return { tables: [{ title, head: ["", "figure", "limit", ""], rows, note }], broken };
  });
}

/**
 * Returns the usage of the server once all its connections and topics have been closed.
 *
 * @param {import("./server.mjs").Server} server @param {number} [handles] the number of handles that it has at most by then
 */
async function settledUsage(server, handles = Number.POSITIVE_INFINITY) {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const usage = await server.usage();
    const isSettled = !usage.counts?.connections && !usage.counts?.topics && usage.handles.length <= handles;
    if (isSettled || performance.now() > deadline) return usage;
    await sleep(50);
  }
}
