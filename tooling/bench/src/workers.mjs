import { hub, wsServer, wsServerBatching } from "./contenders.mjs";
import { against } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";
import { subscribeTexts } from "./workload.mjs";

const TOPICS = 500;
const HALF = TOPICS / 2;
const EACH = 20;
const STRIDE = 25;
const UPDATES = 200;

const CONNECTIONS = 1_000;
const QUICK_CONNECTIONS = 50;

/** @typedef {import("./server.mjs").Contender} Contender */
/** CPU time in microseconds per delivery. @typedef {{ busiest: number, workers: number, hub: number, loader: number }} Costs */
/** The rounds of one worker, of one that publishes half as much in a turn and twice as many turns, and of two. @typedef {{ one: Costs[], half: Costs[], two: Costs[] }} Measured */

/**
 * Measures the deliveries a second that one worker and two workers have the CPU time for, if each has a core: of two, the one
 * that needs more CPU time is the limit. Neither the hub nor the loader is part of it; their shares are stated.
 *
 * Each of two workers owns half of the topics and follows the others, so that every publication crosses the hub once. What a
 * worker publishes and what it follows arrive in different turns: two writes for each connection where one worker needs one,
 * unless the batching window joins them. So both settings are measured.
 *
 * @type {import("./main.mjs").Part}
 */
export async function workers({ quick, showProgress }) {
  const measured = new Map();
  for (const contender of quick ? [wsServerBatching] : [wsServerBatching, wsServer]) {
    const show = (/** @type {string} */ step) => showProgress(`${contender.name}, ${step}`);
    measured.set(contender, await measureContender(contender, quick, show));
  }
  return { tables: tablesOf(quick ? QUICK_CONNECTIONS : CONNECTIONS, measured) };
}

/**
 * @param {Contender} contender @param {boolean} quick @param {(step: string) => void} showProgress
 * @returns {Promise<Measured>}
 */
function measureContender(contender, quick, showProgress) {
  const [connections, rounds, turns] = quick ? [QUICK_CONNECTIONS, 1, 5] : [CONNECTIONS, 7, 60];
  const deliveries = (turns * UPDATES * connections * EACH) / TOPICS;
  const load = { topics: TOPICS, each: EACH, stride: STRIDE };
  const work = { turns, updates: UPDATES, topics: TOPICS };
  return withSides(async (open) => {
    const openOne = async () => {
      const server = await open.server(contender);
      return { server, loader: await open.loader(server, { ...load, connections }) };
    };
    const [{ server: alone, loader: all }, { pair, hubServer, loaders }] = quick
      ? await Promise.all([openOne(), openPair(open, contender, connections, quick)])
      : [await openOne(), await openPair(open, contender, connections, quick)];
    const publishAll = () =>
      Promise.all(
        pair.map((server, index) => server.publish({ turns, updates: UPDATES / 2, topics: HALF, first: index * HALF })),
      );

    const measured = /** @type {Measured} */ ({ one: [], half: [], two: [] });
    for (let round = 0; round <= rounds; round++) {
      showProgress(`round ${round} of ${rounds}`);
      const one = await costOfOne(alone, all, deliveries, work);
      const half = await costOfOne(alone, all, deliveries, { ...work, turns: 2 * turns, updates: UPDATES / 2 });
      let pairLoaderUs = 0;
      const [firstUs, secondUs, hubUs] = await cpuOf([...pair, hubServer], async () => {
        const last = await loaders[1].countFrames(deliveries / 2, async () => {
          pairLoaderUs += (await loaders[0].countFrames(deliveries / 2, publishAll)).cpuUs;
        });
        pairLoaderUs += last.cpuUs;
      });
      // The first round is the warm-up.
      if (round === 0) continue;
      const perDelivery = (/** @type {number[]} */ ...us) => us.map((value) => value / deliveries);
      const [busiest, servers, hub, loader] = perDelivery(
        Math.max(firstUs, secondUs),
        firstUs + secondUs,
        hubUs,
        pairLoaderUs,
      );
      measured.two.push({ busiest, workers: servers, hub, loader });
      measured.one.push(one);
      measured.half.push(half);
    }
    return measured;
  });
}

/**
 * @param {import("./server.mjs").Server} server @param {import("./loader.mjs").Loader} loader @param {number} deliveries
 * @param {import("./server.mjs").Turns} turns
 * @returns {Promise<Costs>}
 */
async function costOfOne(server, loader, deliveries, turns) {
  let loaderUs = 0;
  const [us] = await cpuOf([server], async () => {
    loaderUs = (await loader.countFrames(deliveries, () => server.publish(turns))).cpuUs;
  });
  const cost = us / deliveries;
  return { busiest: cost, workers: cost, hub: 0, loader: loaderUs / deliveries };
}

/** Opens two workers with half of the connections each. @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {Contender} contender @param {number} connections @param {boolean} quick */
async function openPair(open, contender, connections, quick) {
  const hubServer = await open.server(hub);
  const options = { hubPath: hubServer.port };
  // Two workers on one core would wait for each other, and would not be busy for most of the time: no batching.
  const cores = /** @type {const} */ (["server", "loader"]);
  const pair = await startAll(cores, quick, (core) => open.server(contender, { options, core }));
  const texts = subscribeTexts(TOPICS);
  // The first subscriber of a topic decides which worker owns it.
  const claiming = await Promise.all(
    [texts.slice(0, HALF), texts.slice(HALF)].map((owned, index) =>
      open.loader(pair[index], { texts: owned, connections: 1, each: HALF }),
    ),
  );
  const loaders = [];
  for (const [index, server] of pair.entries()) {
    // Each on the core of the other worker, as that of one worker is: with both on one core, that core's worker would fall behind,
    // and the updates of the faster one would no longer arrive together with its own.
    const core = index === 0 ? "loader" : "server";
    const load = { topics: TOPICS, each: EACH, stride: STRIDE, connections: connections / 2 };
    loaders.push(await open.loader(server, { ...load, core }));
  }
  for (const loader of claiming) await loader.stop();
  return { pair, hubServer, loaders };
}

/** @param {number} connections @param {Map<Contender, Measured>} measured */
function tablesOf(connections, measured) {
  const rows = [...measured].flatMap(([{ name }, { one, half, two }]) =>
    Object.entries({ 1: one, 2: two, "1, turns of half the size": half }).map(([workers, rounds]) => {
      const of = (/** @type {keyof Costs} */ part) => median(rounds.map((costs) => costs[part]));
      const costs = [of("workers") + of("hub"), of("busiest"), of("hub"), of("loader")];
      const perCpuSecond = perSecond(of("workers") + of("hub"));
      return [name, workers, perSecond(of("busiest")), perCpuSecond, ...costs.map((cost) => cost.toFixed(2))];
    }),
  );
  const goals = [...measured].map(([{ name }, { one, two }]) => {
    const ratios = one.map(({ busiest }, round) => busiest / /** @type {Costs} */ (two[round]).busiest);
    return [`2 workers vs. 1, ${name}`, ...against(median(ratios), 1.5, 1.7)];
  });
  const columns = ["deliveries a second", "per CPU second of all", "CPU µs per delivery"];
  return [
    {
      title: `${TOPICS} topics, ${EACH} per connection, ${UPDATES} updates per turn (${connections.toLocaleString("en")} connections)`,
      head: ["servers", "workers", ...columns, "of the busiest", "of the hub", "of the loader"],
      rows,
      note: "Deliveries a second: those that the CPU time of the busiest worker allows, with a core for each worker. CPU µs per delivery: workers and hub.",
    },
    { title: "Goals (times the deliveries a second)", head: ["pair", "ratio", "floor", "goal", ""], rows: goals },
  ];
}

/** Returns the CPU time in microseconds that each server needs for some work. @param {import("./server.mjs").Server[]} servers @param {() => Promise<unknown>} work */
async function cpuOf(servers, work) {
  const usages = () => Promise.all(servers.map((server) => server.usage()));
  const before = await usages();
  await work();
  const after = await usages();
  return after.map(({ cpuUs }, index) => cpuUs - before[index].cpuUs);
}

/** @param {number} us per delivery */
function perSecond(us) {
  return Math.round(1e6 / us).toLocaleString("en");
}
