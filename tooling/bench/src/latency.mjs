import {
  installRivals,
  netCoalesced,
  socketIo,
  uWebSockets,
  wsNaive,
  wsOnce,
  wsServer,
  wsServerBatching,
} from "./contenders.mjs";
import { calibrated, costOf, withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";

const UPDATES = 10;
const LOAD = 0.5;
/** The p99 of `@trading/ws-server` should be at most this many times that of uWebSockets. */
const GOAL = 1.3;

/** Measures the time from creation to arrival of an update while the server uses half of its core. @type {import("./main.mjs").Part} */
export async function latency({ quick, showProgress }) {
  installRivals();
  const [connections, rounds, roundMs, tries, warmUp] = quick ? [50, 1, 200, 1, 2_000] : [1_000, 7, 2_000, 5];
  const deliveries = UPDATES * connections;
  const contenders = [wsServer, wsServerBatching, wsNaive, wsOnce, socketIo, uWebSockets, netCoalesced];
  const runs = await withSides(async (open) => {
    const runs = [];
    for (const contender of contenders) {
      showProgress(`warming up ${contender.name}`);
      const server = await open.server(contender);
      const loader = await open.loader(server, { connections, topics: 1, stamp: "volume" });
      const sides = { server, loader };
      const calibration = { turns: 0, topics: 1, updates: UPDATES };
      const { costUs } = await calibrated(sides, calibration, deliveries, 100, warmUp);
      const pace = (/** @type {number} */ everyMs, /** @type {number} */ ms) => {
        return { turns: Math.max(5, Math.round(ms / everyMs)), topics: 1, updates: UPDATES, everyMs };
      };
      // A turn costs a server that always has the next one less than one that waits for it, if it joins several.
      let everyMs = (costUs * deliveries) / 1000 / LOAD;
      for (let count = 1; count <= tries; count++) {
        const { costUs: cost } = await costOf(sides, pace(everyMs, roundMs / 4), deliveries);
        everyMs = (cost * deliveries) / 1000 / LOAD;
      }
      const turns = pace(everyMs, roundMs);
      runs.push({ contender, sides, turns, measured: /** @type {import("./loader.mjs").Measurement[]} */ ([]) });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { contender, sides, turns, measured } of runs) {
        showProgress(`round ${round} of ${rounds}, ${contender.name}`);
        measured.push(await sides.loader.countFrames(turns.turns * deliveries, () => sides.server.publish(turns)));
      }
    }
    return runs;
  });
  const rows = runs.map(({ contender, turns, measured }) => {
    const ms = (/** @type {"p50Us" | "p99Us"} */ figure) =>
      (median(measured.map((one) => one[figure])) / 1000).toFixed(1);
    const rate = Math.round((deliveries * 1000) / turns.everyMs).toLocaleString("en");
    return [contender.name, turns.everyMs.toFixed(1), rate, ms("p50Us"), ms("p99Us")];
  });
  const p99sOf = (/** @type {unknown} */ wanted) =>
    runs.find(({ contender }) => contender === wanted)?.measured.map(({ p99Us }) => p99Us) ?? [];
  const table = {
    title: `Latency at half load (${connections.toLocaleString("en")} connections, ${UPDATES} updates per turn)`,
    head: ["server", "turn interval, ms", "deliveries per second", "p50 ms", "p99 ms"],
    rows,
    note:
      "Each server gets the turn interval at which half of its core is busy, by its cost per delivery at that interval. Latency is " +
      "the time from the creation of an update until the loader has read its frame. Figures are medians of the rounds.",
  };
  const goals = {
    title: "Goals (p99, times that of uWebSockets)",
    head: ["server", "ratio", "goal", ""],
    rows: [wsServer, wsServerBatching].map((contender) => {
      const ratio = medianRatio(p99sOf(contender), p99sOf(uWebSockets));
      return [contender.name, ratio.toFixed(2), `at most ${GOAL}`, ratio <= GOAL ? "goal met" : "ABOVE GOAL"];
    }),
  };
  return { tables: [table, goals] };
}
