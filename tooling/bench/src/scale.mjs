import { installRivals, netCoalesced, wsServer } from "./contenders.mjs";
import { verdictOf } from "./report.mjs";
import { calibrated, costOf, withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";

/** Subscribers per topic, the same at every size. */
const SUBSCRIBERS = 10;
/** Frames per connection and turn, the same at every size. */
const FRAMES_PER_TURN = 10;
/** Times the cost at the smallest size. */
const FLOOR = 1.5;
const GOALS = { topics: 1.3, connections: 1.2 };

/**
 * Measures whether the cost per delivery grows with the number of topics or connections.
 *
 * @type {import("./main.mjs").Part}
 */
export async function scale({ quick, showProgress }) {
  installRivals();
  const [topicCounts, mostConnections] = quick ? [[10, 100], 200] : [[10, 100, 1_000, 10_000, 100_000], 1_000];
  const [connectionCounts, fixedTopics] = quick ? [[50, 200], 100] : [[100, 1_000, 10_000], 1_000];
  // Ten topics with ten subscribers have at most a hundred connections.
  const topics = topicCounts.map((count) => ({
    size: count,
    topics: count,
    connections: Math.min(SUBSCRIBERS * count, mostConnections),
  }));
  const connections = connectionCounts.map((count) => ({ size: count, topics: fixedTopics, connections: count }));
  const inWords = (/** @type {number} */ count) => count.toLocaleString("en");
  return {
    tables: [
      await sweep("topics", `${inWords(mostConnections)} connections, 100 for 10 topics`, topics, quick, showProgress),
      await sweep("connections", `${inWords(fixedTopics)} topics`, connections, quick, showProgress),
    ],
  };
}

/** @param {keyof typeof GOALS} unit @param {string} fixed @param {{ size: number, topics: number, connections: number }[]} sizes @param {boolean} quick @param {(step: string) => void} showProgress */
async function sweep(unit, fixed, sizes, quick, showProgress) {
  const contenders = [wsServer, netCoalesced];
  const rows = await withSides(async (open) => {
    const runs = [];
    for (const { size, topics, connections } of sizes) {
      for (const contender of contenders) {
        showProgress(`${size.toLocaleString("en")} ${unit}: warming up ${contender.name}`);
        const server = await open.server(contender);
        const each = (SUBSCRIBERS * topics) / connections;
        const options = { connections, topics, each, group: SUBSCRIBERS, stride: connections / SUBSCRIBERS };
        const sides = { server, loader: await open.loader(server, options) };
        const turns = { turns: 0, topics, updates: (FRAMES_PER_TURN * connections) / SUBSCRIBERS };
        const deliveries = FRAMES_PER_TURN * connections;
        const [cpuMs, warmUp] = quick ? [20, 5_000] : [500];
        const wanted = await calibrated(sides, turns, deliveries, cpuMs, warmUp);
        runs.push({ size, contender, sides, turns: wanted.turns, deliveries, costs: /** @type {number[]} */ ([]) });
      }
    }
    const rounds = quick ? 1 : 7;
    for (let round = 1; round <= rounds; round++) {
      for (const { size, contender, sides, turns, deliveries, costs } of runs) {
        showProgress(`round ${round} of ${rounds}: ${size.toLocaleString("en")} ${unit}, ${contender.name}`);
        costs.push((await costOf(sides, turns, deliveries)).costUs);
      }
    }
    return sizes.map(({ size }) => {
      const figures = contenders.flatMap((contender) => {
        const series = runs.filter((run) => run.contender === contender).map((run) => [run.size, median(run.costs)]);
        const cost = series.find(([at]) => at === size)?.[1] ?? Number.NaN;
        return [cost.toFixed(2), (cost / series[0][1]).toFixed(2)];
      });
      const goal = GOALS[unit];
      const verdict = verdictOf(Number(figures[1]), FLOOR, goal);
      return [size.toLocaleString("en"), ...figures, String(FLOOR), String(goal), verdict];
    });
  });
  return {
    title: `Cost per delivery by number of ${unit} (${fixed}; ${SUBSCRIBERS} subscribers per topic, ${FRAMES_PER_TURN} frames per connection and turn)`,
    head: [unit, ...contenders.flatMap(({ name }) => [`${name}, CPU µs`, "× smallest"]), "floor", "goal", ""],
    rows,
  };
}
