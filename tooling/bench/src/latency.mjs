import {
  installRivals,
  netCoalesced,
  ours,
  oursGathering,
  socketIo,
  uWebSockets,
  wsNaive,
  wsOnce,
} from "./contenders.mjs";
import { calibrated, withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";

const UPDATES = 10;
const LOAD = 0.5;

/** How long an update is under way when the server's core is half busy. @type {import("./main.mjs").Part} */
export async function latency({ quick, say }) {
  installRivals();
  const [connections, rounds, roundMs] = quick ? [100, 3, 200] : [1_000, 7, 2_000];
  const deliveries = UPDATES * connections;
  const contenders = [ours, oursGathering, wsNaive, wsOnce, socketIo, uWebSockets, netCoalesced];
  const rows = await withSides(async (open) => {
    const runs = [];
    for (const contender of contenders) {
      say(`warming up ${contender.name}`);
      const server = await open.server(contender);
      const loader = await open.loader(server, { connections, topics: 1, stamp: "volume" });
      const sides = { server, loader };
      const { costUs } = await calibrated(sides, { turns: 0, topics: 1, updates: UPDATES }, deliveries, 100);
      const everyMs = (costUs * deliveries) / 1000 / LOAD;
      const turns = { turns: Math.max(5, Math.round(roundMs / everyMs)), topics: 1, updates: UPDATES, everyMs };
      runs.push({ contender, sides, turns, seen: /** @type {import("./loader.mjs").Seen[]} */ ([]) });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { contender, sides, turns, seen } of runs) {
        say(`round ${round} of ${rounds}, ${contender.name}`);
        seen.push(await sides.loader.sees(turns.turns * deliveries, () => sides.server.publish(turns)));
      }
    }
    return runs.map(({ contender, turns, seen }) => {
      const ms = (/** @type {"p50Us" | "p99Us"} */ figure) =>
        (median(seen.map((one) => one[figure])) / 1000).toFixed(1);
      const rate = Math.round((deliveries * 1000) / turns.everyMs).toLocaleString("en");
      return [contender.name, turns.everyMs.toFixed(1), rate, ms("p50Us"), ms("p99Us")];
    });
  });
  const table = {
    title: `Latency at half load (${connections.toLocaleString("en")} connections, ${UPDATES} updates a turn)`,
    head: ["server", "a turn each ms", "deliveries a second", "p50 ms", "p99 ms"],
    rows,
    note:
      "Half load is each server's own: turns come so often that half of its core is busy, by its cost a delivery. An update " +
      "carries the time it was made; the loader takes the time it has read the frame. Medians of the rounds.",
  };
  return { tables: [table] };
}
