import { setTimeout as sleep } from "node:timers/promises";
import { ours } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";

const MOST_MB = 0.5;
const CONNECTIONS = 50;
const TOPICS = 100;
/** The code that V8 makes while it learns what runs often is half a megabyte, once, and no leak. */
const FLAGS = ["--expose-gc", "--no-opt", "--no-flush-bytecode", "--no-lazy-feedback-allocation"];

/** Whether clients that come and are cut leave anything behind. @type {import("./main.mjs").Part} */
export async function churn({ quick, say }) {
  const [warm, cycles] = quick ? [200, 500] : [1_000, 10_000];
  return withSides(async (open) => {
    const server = await open.server(ours, { flags: FLAGS, options: { lingerMs: 0 } });
    const loader = await open.loader(server, { connections: CONNECTIONS, topics: TOPICS });
    say(`${warm} to warm up`);
    await loader.cycle(warm);
    const before = await settled(server);
    say(`${cycles.toLocaleString("en")} cycles`);
    await loader.cycle(cycles);
    const after = await settled(server);
    const growth = (after.heapUsed - before.heapUsed) / 1e6;
    const handles = after.handles.length - before.handles.length;
    const { connections = 0, topics = 0, subscriptions = 0 } = after.counts ?? {};
    const left = connections + topics + subscriptions;
    const rows = [
      ["growth of the heap", ...within(growth, MOST_MB, "MB")],
      ["handles left", ...within(handles, 0, "")],
      ["connections, topics and subscriptions left", ...within(left, 0, "")],
    ];
    const title = `${cycles.toLocaleString("en")} times connect, subscribe, cut (after ${warm.toLocaleString("en")} to warm up)`;
    const broken = rows.filter((row) => row[3] !== "kept").map(([what, figure]) => `${what}: ${figure.trim()}`);
    const note = `Node runs with ${FLAGS.slice(1).join(" ")}: the code that V8 makes while it learns is no leak.`;
    return { tables: [{ title, head: ["", "figure", "at most", ""], rows, note }], broken };
  });
}

/** Its usage once it has noticed that everybody has gone, or after five seconds. @param {import("./server.mjs").Server} server */
async function settled(server) {
  let usage = await server.usage();
  for (let tries = 0; tries < 50 && (usage.counts?.connections || usage.counts?.topics); tries++) {
    await sleep(100);
    usage = await server.usage();
  }
  return usage;
}
