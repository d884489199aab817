import * as all from "./contenders.mjs";
import { against } from "./report.mjs";
import { calibrated, costOf, startAll, withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";

const { wsServer, wsServerBatches, wsServerBatching, wsNaive, wsOnce, socketIo, uWebSockets, netEach, netCoalesced } =
  all;
const rivals = [wsNaive, wsOnce, socketIo, uWebSockets, netEach, netCoalesced];

/**
 * A load. Floors and goals are ratios: how many times less CPU than the rival.
 *
 * @typedef {import("./server.mjs").Contender} Contender
 * @typedef {object} Shape
 * @property {string} title
 * @property {number} topics
 * @property {number} each topics per connection
 * @property {number} stride distance between the topics of a connection
 * @property {{ updates: number, everyMs?: number }} turns
 * @property {Contender[]} contenders
 * @property {[one: Contender, rival: Contender, floor: number, goal: number][]} goals
 */

/** @type {Shape[]} */
const SHAPES = [
  {
    title: "A: every connection subscribes to the same topic, 10 updates per turn",
    topics: 1,
    each: 1,
    stride: 1,
    turns: { updates: 10 },
    contenders: [wsServer, wsServerBatches, ...rivals],
    goals: [
      [wsServer, wsNaive, 8, 10],
      [wsServer, netCoalesced, 0.75, 0.95],
      [wsServer, uWebSockets, 0.7, 1],
    ],
  },
  {
    title: "B: 500 topics, 20 per connection, 200 updates per turn",
    topics: 500,
    each: 20,
    stride: 25,
    turns: { updates: 200 },
    contenders: [wsServer, wsServerBatches, ...rivals],
    goals: [
      [wsServer, wsNaive, 8, 10],
      [wsServer, netCoalesced, 0.95, 1.1],
      [wsServer, uWebSockets, 0.55, 0.9],
    ],
  },
  {
    title: "C: every connection subscribes to the same topic, one update per turn, one turn per millisecond",
    topics: 1,
    each: 1,
    stride: 1,
    turns: { updates: 1, everyMs: 1 },
    contenders: [wsServerBatching, wsServer, ...rivals],
    goals: [[wsServerBatching, wsNaive, 3, 5]],
  },
];

/** Measures the CPU time of the server per delivery. @type {import("./main.mjs").Part} */
export async function fanOut({ quick, showProgress }) {
  all.installRivals();
  const tables = [];
  for (const shape of SHAPES) tables.push(...(await measureShape(shape, quick, showProgress)));
  return { tables };
}

/** @param {Shape} shape @param {boolean} quick @param {(step: string) => void} showProgress */
function measureShape(shape, quick, showProgress) {
  const { topics, each, stride, goals } = shape;
  // In a quick run, all of them serve A, and the other shapes have those with goals.
  const contenders = quick && shape !== SHAPES[0] ? shape.contenders.filter(hasGoalIn(goals)) : shape.contenders;
  const [connections, rounds, cpuMs, warmUp] = quick ? [50, 1, 20, 1_000] : [1_000, 7, 600];
  const turns = { turns: 0, topics, ...shape.turns };
  const deliveries = (turns.updates * connections * each) / topics;
  return withSides(async (open) => {
    const runs = await startAll(contenders, quick, async (contender) => {
      showProgress(`${shape.title[0]}: warming up ${contender.name}`);
      const server = await open.server(contender);
      const loader = await open.loader(server, { connections, topics, each, stride });
      const sides = { server, loader };
      const { turns: wanted } = await calibrated(sides, turns, deliveries, cpuMs, warmUp);
      return { contender, sides, turns: wanted, costs: /** @type {number[]} */ ([]), frameBytes: 0, loaderUs: 0 };
    });
    for (let round = 1; round <= rounds; round++) {
      for (const run of runs) {
        showProgress(`${shape.title[0]}: round ${round} of ${rounds}, ${run.contender.name}`);
        const measured = await costOf(run.sides, run.turns, deliveries);
        run.costs.push(measured.costUs);
        run.frameBytes = measured.bytes / measured.frames;
        run.loaderUs = measured.cpuUs / measured.frames;
      }
    }
    return tablesOf(shape, connections, runs);
  });
}

/** @param {Shape["goals"]} goals @returns {(contender: Contender) => boolean} */
function hasGoalIn(goals) {
  return (contender) => goals.some(([one, rival]) => contender === one || contender === rival);
}

/** @param {Shape} shape @param {number} connections @param {{ contender: Contender, costs: number[], frameBytes: number, loaderUs: number }[]} runs */
function tablesOf(shape, connections, runs) {
  const costsOf = (/** @type {unknown} */ wanted) => runs.find(({ contender }) => contender === wanted)?.costs ?? [];
  return [
    {
      title: `${shape.title} (${connections.toLocaleString("en")} connections)`,
      head: [
        "server",
        "CPU s per million deliveries",
        "lowest",
        "highest",
        "× baseline",
        "bytes per frame",
        "loader CPU s",
      ],
      rows: runs.map(({ contender, costs, frameBytes, loaderUs }) => [
        contender.name,
        median(costs).toFixed(2),
        Math.min(...costs).toFixed(2),
        Math.max(...costs).toFixed(2),
        medianRatio(costsOf(wsNaive), costs).toFixed(2),
        frameBytes.toFixed(0),
        loaderUs.toFixed(2),
      ]),
      note: `Baseline: ${wsNaive.name}. Rivals: ${all.rivalVersions().join(", ")}.`,
    },
    {
      title: `${shape.title[0]}: goals (times less CPU than the rival)`,
      head: ["pair", "ratio", "floor", "goal", ""],
      rows: shape.goals.map(([one, rival, floor, goal]) => [
        `${one.name} vs. ${rival.name}`,
        ...against(medianRatio(costsOf(rival), costsOf(one)), floor, goal),
      ]),
    },
  ];
}
