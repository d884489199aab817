import { deliveriesOf, loads } from "./arrivals.mjs";
import * as all from "./contenders.mjs";
import { against } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";
import { subscribeTexts } from "./workload.mjs";

const {
  wsServerBatching,
  wsServerTls,
  wsServerBatchingDeflate,
  fastWs,
  wsNaive,
  wsOnce,
  socketIo,
  uWebSockets,
  netCoalesced,
  centrifugoAlone,
} = all;

/** The longest acceptable p99, from the moment at which an update was due until a client has read it. */
const P99_MS = 50;
/** The search ends when the highest pace that was kept and the lowest that was not differ by this factor. */
const PRECISION = 1.05;
/**
 * Seconds of a step. A server that is too slow by a share of the pace is late by that share of the step at its end, so after a
 * second 5 % are 50 ms: longer steps would not distinguish paces any better that differ by 5 %.
 */
const STEP_S = P99_MS / 1000 / (PRECISION - 1);
/** Milliseconds for the last updates of a step. A server that is far too slow drops some, or the clients that are behind. */
const LAST_FRAME_MS = 15_000;
/** The first pace of a search, and the one below which it gives up, in deliveries a second. */
const FIRST_PACE = 50_000;
const LOWEST_PACE = 5_000;
/**
 * A pace is missed if that many steps in a row are late: one may be late because of a garbage collection, or because of what else runs
 * on the machine, and a search never returns to a pace above one that was missed.
 */
const ATTEMPTS = 2;
/** Coarse searches. During the first ones, engines with a compiler compile, and the kernel adapts its buffers. */
const COARSE_SEARCHES = 3;
/** Searches for each server after the coarse ones. */
const ROUNDS = 3;
const SHARES = [0.25, 0.5, 0.75];
/** Steps at each of them. */
const SHARE_STEPS = 5;

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
 * @typedef {{ contender: Contender, start: () => Promise<import("./sides.mjs").Sides>, sides: import("./sides.mjs").Sides, kept: number[], loaderShare: number }} Run
 * @typedef {{ p99Ms: number, cpuShare: number }} Outcome of a pace
 */

/**
 * Finds the highest pace that a server keeps on one core with p99 ≤ 50 ms, and its CPU time at the paces of others.
 *
 * @type {import("./main.mjs").Part}
 */
export async function sustainable({ quick, showProgress }) {
  all.installRivals();
  const hasCentrifugo = all.installCentrifugo();
  const hasFastWs = all.installFastWs();
  const hasTls = all.hasTlsClients();
  const contenders = [wsServerBatching, wsNaive, wsOnce, socketIo, uWebSockets, netCoalesced];
  if (hasCentrifugo) contenders.push(centrifugoAlone);
  // In a quick run, most of them serve one load only.
  const contendersOf = (/** @type {Load} */ { name }) =>
    quick && name !== "A" ? [wsServerBatching, uWebSockets] : contenders;
  // Each of them in the loads that say most about it: a search takes half a minute.
  /** @type {Record<string, Contender[]>} */
  const further = {
    A: hasTls ? [wsServerTls] : [],
    // A single update of A, to 1,000 clients, takes it 90 ms.
    B: hasFastWs ? [fastWs] : [],
    D: [...(hasTls && !quick ? [wsServerTls] : []), wsServerBatchingDeflate],
  };
  const tables = [];
  for (const load of loads(quick)) {
    tables.push(
      ...(await measureLoad(load, [...contendersOf(load), ...further[load.name]], quick, (step) =>
        showProgress(`${load.name}: ${step}`),
      )),
    );
  }
  return { tables };
}

/** @param {Load} load @param {Contender[]} contenders @param {boolean} quick @param {(step: string) => void} showProgress */
function measureLoad(load, contenders, quick, showProgress) {
  const perUpdate = deliveriesOf(load, 100_000) / 100_000;
  const stepS = quick ? 0.05 : STEP_S;
  return withSides(async (open) => {
    const runs = await startAll(contenders, quick, async (contender) => {
      showProgress(`starting ${contender.name}`);
      const start = () => openSides(open, contender, load);
      return /** @type {Run} */ ({ contender, start, sides: await start(), kept: [], loaderShare: 0 });
    });
    const isKept = (/** @type {Run} */ run, /** @type {number} */ seconds) => async (/** @type {number} */ pace) => {
      for (let attempt = 0; attempt < (quick ? 1 : ATTEMPTS); attempt++) {
        if ((await play(run, load, pace, seconds)).p99Ms <= P99_MS) return true;
      }
      return false;
    };
    const lowest = LOWEST_PACE / perUpdate;
    const coarse = [];
    for (const run of runs) {
      showProgress(`coarse search, ${run.contender.name}`);
      await play(run, load, FIRST_PACE / perUpdate, stepS);
      const search = { from: FIRST_PACE / perUpdate, factor: quick ? 8 : 2, lowest };
      const highest = () => highestPace({ ...search, precision: search.factor }, isKept(run, stepS / 4));
      let pace = await highest();
      for (let nth = 2; !quick && pace > 0 && nth <= COARSE_SEARCHES; nth++) {
        search.from = pace;
        pace = await highest();
      }
      coarse.push(pace);
    }
    if (quick) for (const [index, { kept }] of runs.entries()) kept.push(coarse[index]);
    // Later rounds begin at the highest figure so far, so they confirm it with few steps.
    for (let round = 1; !quick && round <= ROUNDS; round++) {
      for (const [index, run] of runs.entries()) {
        showProgress(`round ${round} of ${ROUNDS}, ${run.contender.name}`);
        const [from, factor] = round === 1 ? [coarse[index] * Math.SQRT2, 1.2] : [Math.max(...run.kept), 1.1];
        run.kept.push(await highestPace({ from, factor, lowest, precision: PRECISION }, isKept(run, stepS)));
      }
    }
    return [
      tableOf(load, runs, perUpdate),
      quick
        ? await sharesTable(load, runs, perUpdate, stepS, SHARES.slice(0, 1), 1, showProgress)
        : await sharesTable(load, runs, perUpdate, stepS, SHARES, SHARE_STEPS, showProgress),
      ...goalsTable(load, runs),
    ];
  });
}

/** @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {Contender} contender @param {Load} load */
async function openSides(open, contender, load) {
  const server = await open.server(contender, load.isMarket ? { options: { isMarket: true } } : undefined);
  const texts = subscribeTexts(Math.max(...load.held) + 1);
  const { connections, each } = load;
  const loader = await open.loader(server, {
    connections,
    each,
    stride: connections,
    texts: load.held.map((topic) => texts[topic]),
    stamp: "volume",
  });
  return { server, loader };
}

/**
 * Returns the highest pace that is kept, in updates a second; 0 if that is below the lowest pace. The pace changes by `factor` until one
 * is kept and another one is not, then the distance between them is halved.
 *
 * @param {{ from: number, factor: number, precision: number, lowest: number }} search
 * @param {(pace: number) => Promise<boolean>} isKept
 */
async function highestPace({ from, factor, precision, lowest }, isKept) {
  let [kept, missed] = [0, Number.POSITIVE_INFINITY];
  let pace = from;
  while (pace >= lowest && missed > kept * precision * (1 + Number.EPSILON)) {
    if (await isKept(pace)) kept = pace;
    else missed = pace;
    if (missed === Number.POSITIVE_INFINITY) pace = kept * factor;
    else if (kept === 0) pace = missed / factor;
    else pace = Math.sqrt(kept * missed);
  }
  return kept;
}

/**
 * Lets updates arrive at a pace for some seconds. A server that does not deliver all of them in time, or closes connections, is
 * started again.
 *
 * @param {Run} run @param {Load} load @param {number} pace @param {number} seconds @returns {Promise<Outcome>}
 */
async function play(run, load, pace, seconds) {
  const { server, loader } = run.sides;
  const count = Math.ceil(pace * seconds);
  const frames = deliveriesOf(load, count);
  const work = () => server.play({ load: load.name, count, pace });
  try {
    const { cpuUs: before } = await server.usage();
    const { p99Us, wallUs, cpuUs } = await loader.countFrames(frames, work, LAST_FRAME_MS);
    const { cpuUs: after } = await server.usage();
    run.loaderShare = cpuUs / wallUs;
    return { p99Ms: p99Us / 1000, cpuShare: (after - before) / wallUs };
  } catch {
    await loader.stop();
    await server.stop();
    run.sides = await run.start();
    return { p99Ms: Number.POSITIVE_INFINITY, cpuShare: Number.NaN };
  }
}

/** @param {Load} load @param {Run[]} runs @param {number} perUpdate */
function tableOf({ title, connections }, runs, perUpdate) {
  const naive = paceOf(runs, wsNaive);
  const perSecond = (/** @type {number} */ pace) =>
    pace === 0 ? "none" : Math.round(pace * perUpdate).toLocaleString("en");
  return {
    title: `${title} (${connections.toLocaleString("en")} connections)`,
    head: ["server", "deliveries per second", "lowest", "highest", "× ws naive", "loader, share of its core"],
    rows: runs.map(({ contender, kept, loaderShare }) => [
      contender.name,
      ...[median(kept), Math.min(...kept), Math.max(...kept)].map(perSecond),
      naive === 0 ? "" : (median(kept) / naive).toFixed(2),
      loaderShare.toFixed(2),
    ]),
    note:
      `The highest pace with p99 ≤ ${P99_MS} ms, on one core; none if not even ${LOWEST_PACE.toLocaleString("en")} a second are kept. ` +
      `Each update has ${perUpdate.toFixed(0)} deliveries on average.`,
  };
}

/**
 * The share of a core at paces that all get alike.
 *
 * @param {Load} load @param {Run[]} runs @param {number} perUpdate @param {number} seconds of a step @param {readonly number[]} shares
 * @param {number} steps at each share @param {(step: string) => void} showProgress
 */
async function sharesTable(load, runs, perUpdate, seconds, shares, steps, showProgress) {
  const most = paceOf(runs, uWebSockets);
  const rows = [];
  for (const run of runs) {
    const cells = [];
    for (const share of shares) {
      if (most * share > median(run.kept)) {
        cells.push("", "not kept");
        continue;
      }
      showProgress(`${share * 100} % of uWebSockets, ${run.contender.name}`);
      const outcomes = [];
      for (let step = 0; step < steps; step++) outcomes.push(await play(run, load, most * share, seconds));
      const p99s = outcomes.map(({ p99Ms }) => p99Ms);
      if (!p99s.every(Number.isFinite)) {
        cells.push("", "not kept");
        continue;
      }
      const cpu = `${(100 * median(outcomes.map(({ cpuShare }) => cpuShare))).toFixed(0)} %`;
      cells.push(cpu, `${median(p99s).toFixed(0)} (${Math.max(...p99s).toFixed(0)})`);
    }
    rows.push([run.contender.name, ...cells]);
  }
  const head = shares.flatMap((share) => {
    const deliveries = Math.round(most * share * perUpdate).toLocaleString("en");
    return [`CPU at ${deliveries} a second`, "p99 ms (highest)"];
  });
  return {
    title: `${load.name}: CPU time at ${shares.map((share) => share * 100).join(", ")} % of what uWebSockets sustains`,
    head: ["server", ...head],
    rows,
    note: "Medians of the seconds measured, and in brackets the highest p99 of them.",
  };
}

/** @param {Load} load @param {Run[]} runs */
function goalsTable({ name }, runs) {
  const rows = GOALS[name].flatMap(([rival, floor, goal]) => {
    const pace = paceOf(runs, rival);
    // It was not measured, or kept no pace.
    if (!(pace > 0)) return [];
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
