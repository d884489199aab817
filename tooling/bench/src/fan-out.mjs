import * as all from "./contenders.mjs";
import { against } from "./report.mjs";
import { calibrated, costOf, withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";

const { ours, oursGathering, wsNaive, wsOnce, socketIo, uWebSockets, netEach, netCoalesced } = all;
const rivals = [wsNaive, wsOnce, socketIo, uWebSockets, netEach, netCoalesced];

/**
 * Floors and goals are the design's: how many times less CPU than the rival.
 *
 * @typedef {import("./server.mjs").Contender} Contender
 * @typedef {object} Shape
 * @property {string} title
 * @property {number} topics
 * @property {number} each topics a connection
 * @property {number} stride between them
 * @property {{ updates: number, everyMs?: number }} turns
 * @property {Contender[]} contenders
 * @property {[one: Contender, rival: Contender, floor: number, goal: number][]} goals
 */

/** @type {Shape[]} */
const SHAPES = [
  {
    title: "A: every connection holds the topic, 10 updates a turn",
    topics: 1,
    each: 1,
    stride: 1,
    turns: { updates: 10 },
    contenders: [ours, ...rivals],
    goals: [
      [ours, wsNaive, 8, 10],
      [ours, netCoalesced, 0.75, 0.95],
      [ours, uWebSockets, 0.7, 1],
    ],
  },
  {
    title: "B: 500 topics, 20 a connection, 200 updates a turn",
    topics: 500,
    each: 20,
    stride: 25,
    turns: { updates: 200 },
    contenders: [ours, ...rivals],
    goals: [
      [ours, wsNaive, 8, 10],
      [ours, netCoalesced, 0.95, 1.1],
      [ours, uWebSockets, 0.55, 0.9],
    ],
  },
  {
    title: "C: every connection holds the topic, one update a turn, a turn each millisecond",
    topics: 1,
    each: 1,
    stride: 1,
    turns: { updates: 1, everyMs: 1 },
    contenders: [oursGathering, ours, ...rivals],
    goals: [[oursGathering, wsNaive, 3, 5]],
  },
];

/** What a delivery costs the server. @type {import("./main.mjs").Part} */
export async function fanOut({ quick, say }) {
  all.installRivals();
  const tables = [];
  for (const shape of SHAPES) tables.push(...(await measureShape(shape, quick, say)));
  return { tables };
}

/** @param {Shape} shape @param {boolean} quick @param {(doing: string) => void} say */
function measureShape(shape, quick, say) {
  const { topics, each, stride, contenders } = shape;
  const [connections, rounds, cpuMs] = quick ? [100, 3, 50] : [1_000, 7, 600];
  const turns = { turns: 0, topics, ...shape.turns };
  const deliveries = (turns.updates * connections * each) / topics;
  return withSides(async (open) => {
    const runs = [];
    for (const contender of contenders) {
      say(`${shape.title[0]}: warming up ${contender.name}`);
      const server = await open.server(contender);
      const loader = await open.loader(server, { connections, topics, each, stride });
      const sides = { server, loader };
      const { turns: wanted } = await calibrated(sides, turns, deliveries, cpuMs);
      runs.push({ contender, sides, turns: wanted, costs: /** @type {number[]} */ ([]), frameBytes: 0, loaderUs: 0 });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const run of runs) {
        say(`${shape.title[0]}: round ${round} of ${rounds}, ${run.contender.name}`);
        const seen = await costOf(run.sides, run.turns, deliveries);
        run.costs.push(seen.costUs);
        run.frameBytes = seen.bytes / seen.frames;
        run.loaderUs = seen.cpuUs / seen.frames;
      }
    }
    return tablesOf(shape, connections, runs);
  });
}

/** @param {Shape} shape @param {number} connections @param {{ contender: Contender, costs: number[], frameBytes: number, loaderUs: number }[]} runs */
function tablesOf(shape, connections, runs) {
  const costsOf = (/** @type {unknown} */ wanted) => runs.find(({ contender }) => contender === wanted)?.costs ?? [];
  return [
    {
      title: `${shape.title} (${connections.toLocaleString("en")} connections)`,
      head: ["server", "CPU s a million deliveries", "lowest", "highest", "× naive", "bytes a frame", "loader's CPU s"],
      rows: runs.map(({ contender, costs, frameBytes, loaderUs }) => [
        contender.name,
        median(costs).toFixed(2),
        Math.min(...costs).toFixed(2),
        Math.max(...costs).toFixed(2),
        medianRatio(costsOf(wsNaive), costs).toFixed(2),
        frameBytes.toFixed(0),
        loaderUs.toFixed(2),
      ]),
      note: `Rivals: ${all.rivalVersions().join(", ")}.`,
    },
    {
      title: `${shape.title[0]}: against the goals (times less CPU)`,
      head: ["pair", "ratio", "floor", "goal", ""],
      rows: shape.goals.map(([one, rival, floor, goal]) => [
        `${one.name} against ${rival.name}`,
        ...against(medianRatio(costsOf(rival), costsOf(one)), floor, goal),
      ]),
    },
  ];
}
