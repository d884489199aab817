import { installRivals, netCoalesced, ours } from "./contenders.mjs";
import { calibrated, costOf, withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";

/** Held alike at every size: each update goes to so many, and each connection gets so many updates a turn. */
const MEMBERS = 10;
const FRAMES_A_TURN = 10;
const LIMIT = 1.5;

/**
 * Whether a delivery costs more when there are more topics or connections.
 *
 * @type {import("./main.mjs").Part}
 */
export async function scale({ quick, say }) {
  installRivals();
  const most = quick ? 1_000 : 100_000;
  const bySize = (/** @type {number[]} */ sizes) => sizes.filter((size) => size <= most);
  // Ten members of ten topics are a hundred connections at most.
  const topics = bySize([10, 100, 1_000, 10_000, 100_000]).map((count) => ({
    size: count,
    topics: count,
    connections: Math.min(MEMBERS * count, 1_000),
  }));
  const connections = bySize([100, 1_000, 10_000]).map((count) => ({ size: count, topics: 1_000, connections: count }));
  return {
    tables: [
      await sweep("topics", "1,000 connections, 100 where there are 10 topics", topics, quick, say),
      await sweep("connections", "1,000 topics", connections, quick, say),
    ],
  };
}

/** @param {string} what @param {string} fixed @param {{ size: number, topics: number, connections: number }[]} sizes @param {boolean} quick @param {(doing: string) => void} say */
async function sweep(what, fixed, sizes, quick, say) {
  const contenders = [ours, netCoalesced];
  const rows = await withSides(async (open) => {
    const runs = [];
    for (const { size, topics, connections } of sizes) {
      for (const contender of contenders) {
        say(`${size.toLocaleString("en")} ${what}: warming up ${contender.name}`);
        const server = await open.server(contender);
        const each = (MEMBERS * topics) / connections;
        const crowd = { connections, topics, each, group: MEMBERS, stride: connections / MEMBERS };
        const sides = { server, loader: await open.loader(server, crowd) };
        const turns = { turns: 0, topics, updates: (FRAMES_A_TURN * connections) / MEMBERS };
        const deliveries = FRAMES_A_TURN * connections;
        const wanted = await calibrated(sides, turns, deliveries, quick ? 50 : 500);
        runs.push({ size, contender, sides, turns: wanted.turns, deliveries, costs: /** @type {number[]} */ ([]) });
      }
    }
    const rounds = quick ? 3 : 7;
    for (let round = 1; round <= rounds; round++) {
      for (const { size, contender, sides, turns, deliveries, costs } of runs) {
        say(`round ${round} of ${rounds}: ${size.toLocaleString("en")} ${what}, ${contender.name}`);
        costs.push((await costOf(sides, turns, deliveries)).costUs);
      }
    }
    return sizes.map(({ size }) => {
      const figures = contenders.flatMap((contender) => {
        const mine = runs.filter((run) => run.contender === contender).map((run) => [run.size, median(run.costs)]);
        const cost = mine.find(([at]) => at === size)?.[1] ?? Number.NaN;
        return [cost.toFixed(2), (cost / mine[0][1]).toFixed(2)];
      });
      return [size.toLocaleString("en"), ...figures, Number(figures[1]) <= LIMIT ? "within 1.5" : "ABOVE 1.5"];
    });
  });
  return {
    title: `A delivery against the number of ${what} (${fixed}; ${MEMBERS} subscribers a topic, ${FRAMES_A_TURN} frames a connection a turn)`,
    head: [what, ...contenders.flatMap(({ name }) => [`${name}, CPU µs`, "× smallest"]), "goal: flat"],
    rows,
  };
}
