import { deliveriesOf, loads } from "./arrivals.mjs";
import * as all from "./contenders.mjs";
import { against } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";
import { subscribeTexts } from "./workload.mjs";

const { wsServerBatching, wsNaive, wsOnce, socketIo, uWebSockets, netCoalesced, centrifugoAlone } = all;

/** The longest acceptable p99, from the moment at which an update was due until a client has read it. */
const P99_MS = 50;
/** The search ends when the highest pace that was kept and the lowest that was not differ by this factor. */
const PRECISION = 1.05;
const SHARES = [0.25, 0.5, 0.75];

/** Floors and goals: times the deliveries a second of a rival. @type {Record<string, [rival: Contender, floor: number, goal: number][]>} */
const GOALS = {
  A: [
    [uWebSockets, 0.7, 1],
    [wsNaive, 8, 10],
    [centrifugoAlone, 1, 3],
  ],
  B: [
    [uWebSockets, 0.55, 0.8],
    [wsNaive, 6, 8],
    [centrifugoAlone, 1, 3],
  ],
  D: [
    [uWebSockets, 0.7, 1],
    [centrifugoAlone, 1, 3],
  ],
};

/**
 * @typedef {import("./server.mjs").Contender} Contender
 * @typedef {import("./arrivals.mjs").Load} Load
 * @typedef {{ contender: Contender, sides: import("./sides.mjs").Sides, kept: number[], loaderShare: number }} Run
 * @typedef {{ p99Ms: number, cpuShare: number, loaderShare: number }} Outcome of a pace
 */

/**
 * Finds the highest pace that a server keeps on one core with p99 ≤ 50 ms, and its CPU time at the paces of others.
 *
 * @type {import("./main.mjs").Part}
 */
export async function sustainable({ quick, showProgress }) {
  all.installRivals();
  const hasCentrifugo = all.installCentrifugo();
  const contenders = [wsServerBatching, wsNaive, wsOnce, socketIo, uWebSockets, netCoalesced];
  if (hasCentrifugo) contenders.push(centrifugoAlone);
  const tables = [];
  for (const load of loads(quick)) {
    tables.push(...(await measureLoad(load, contenders, quick, (step) => showProgress(`${load.name}: ${step}`))));
  }
  return { tables };
}

/** @param {Load} load @param {Contender[]} contenders @param {boolean} quick @param {(step: string) => void} showProgress */
function measureLoad(load, contenders, quick, showProgress) {
  const [seconds, rounds] = quick ? [0.2, 1] : [1, 3];
  const perUpdate = deliveriesOf(load, 100_000) / 100_000;
  return withSides(async (open) => {
    const runs = /** @type {Run[]} */ ([]);
    for (const contender of contenders) {
      showProgress(`starting ${contender.name}`);
      const server = await open.server(contender, { options: { isMarket: load.isMarket === true } });
      const texts = subscribeTexts(Math.max(...load.held) + 1);
      const { connections, each } = load;
      const loader = await open.loader(server, {
        connections,
        each,
        stride: connections,
        texts: load.held.map((topic) => texts[topic]),
        stamp: "volume",
      });
      runs.push({ contender, sides: { server, loader }, kept: [], loaderShare: 0 });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const run of runs) {
        showProgress(`round ${round} of ${rounds}, ${run.contender.name}`);
        const from = run.kept[0] === undefined ? 20_000 / perUpdate : run.kept[0] / 1.3;
        run.kept.push(await highestPace(from, quick ? 1.5 : PRECISION, (pace) => play(run, load, pace, seconds)));
      }
    }
    return [
      tableOf(load, runs, perUpdate),
      await sharesTable(load, runs, perUpdate, seconds, showProgress),
      ...goalsTable(load, runs),
    ];
  });
}

/**
 * Returns the highest pace, in updates a second, with an acceptable p99.
 *
 * @param {number} from the first pace @param {number} precision @param {(pace: number) => Promise<Outcome>} play
 */
async function highestPace(from, precision, play) {
  let [kept, missed] = [0, Number.POSITIVE_INFINITY];
  let pace = from;
  while (missed / kept > precision) {
    const { p99Ms } = await play(pace);
    if (p99Ms <= P99_MS) kept = pace;
    else missed = pace;
    if (missed === Number.POSITIVE_INFINITY) pace = kept * 1.5;
    else if (kept === 0) pace = missed / 1.5;
    else pace = Math.sqrt(kept * missed);
  }
  return kept;
}

/** Lets updates arrive at a pace for some seconds. @param {Run} run @param {Load} load @param {number} pace @param {number} seconds @returns {Promise<Outcome>} */
async function play(run, load, pace, seconds) {
  const { server, loader } = run.sides;
  const count = Math.ceil(pace * seconds);
  const { cpuUs: before } = await server.usage();
  const frames = deliveriesOf(load, count);
  const { p99Us, wallUs, cpuUs } = await loader.countFrames(frames, () =>
    server.play({ load: load.name, count, pace }),
  );
  const { cpuUs: after } = await server.usage();
  run.loaderShare = cpuUs / wallUs;
  return { p99Ms: p99Us / 1000, cpuShare: (after - before) / wallUs, loaderShare: run.loaderShare };
}

/** @param {Load} load @param {Run[]} runs @param {number} perUpdate */
function tableOf({ title, connections }, runs, perUpdate) {
  const naive = paceOf(runs, wsNaive);
  return {
    title: `${title} (${connections.toLocaleString("en")} connections)`,
    head: ["server", "deliveries per second", "lowest", "highest", "× ws naive", "loader, share of its core"],
    rows: runs.map(({ contender, kept, loaderShare }) => [
      contender.name,
      ...[median(kept), Math.min(...kept), Math.max(...kept)].map((pace) =>
        Math.round(pace * perUpdate).toLocaleString("en"),
      ),
      (median(kept) / naive).toFixed(2),
      loaderShare.toFixed(2),
    ]),
    note: `The highest pace with p99 ≤ ${P99_MS} ms, on one core. Each update has ${perUpdate.toFixed(0)} deliveries on average.`,
  };
}

/**
 * The share of a core at paces that all get alike.
 *
 * @param {Load} load @param {Run[]} runs @param {number} perUpdate @param {number} seconds @param {(step: string) => void} showProgress
 */
async function sharesTable(load, runs, perUpdate, seconds, showProgress) {
  const most = paceOf(runs, uWebSockets);
  const rows = [];
  for (const run of runs) {
    const cells = [];
    for (const share of SHARES) {
      showProgress(`${share * 100} % of uWebSockets, ${run.contender.name}`);
      const { cpuShare, p99Ms } = await play(run, load, most * share, seconds);
      const cpu = `${(100 * cpuShare).toFixed(0)} %`;
      cells.push(cpu, p99Ms > 1_000 ? "> 1,000" : p99Ms.toFixed(1));
    }
    rows.push([run.contender.name, ...cells]);
  }
  const head = SHARES.flatMap((share) => {
    const deliveries = Math.round(most * share * perUpdate).toLocaleString("en");
    return [`CPU at ${deliveries} a second`, "p99 ms"];
  });
  return {
    title: `${load.name}: CPU time at ${SHARES.map((share) => share * 100).join(", ")} % of what uWebSockets sustains`,
    head: ["server", ...head],
    rows,
  };
}

/** @param {Load} load @param {Run[]} runs */
function goalsTable({ name }, runs) {
  const rows = GOALS[name].flatMap(([rival, floor, goal]) => {
    const pace = paceOf(runs, rival);
    if (Number.isNaN(pace)) return [];
    return [
      [`${wsServerBatching.name} vs. ${rival.name}`, ...against(paceOf(runs, wsServerBatching) / pace, floor, goal)],
    ];
  });
  return [
    { title: `${name}: goals (times the deliveries a second)`, head: ["pair", "ratio", "floor", "goal", ""], rows },
  ];
}

/** @param {Run[]} runs @param {Contender} wanted @returns {number} NaN if it was not measured */
function paceOf(runs, wanted) {
  const run = runs.find(({ contender }) => contender === wanted);
  return run === undefined ? Number.NaN : median(run.kept);
}
