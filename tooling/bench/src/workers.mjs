import { wsServer } from "./contenders.mjs";
import { against } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";
import { subscribeTexts } from "./workload.mjs";

/** A hub in a separate process. @type {import("./server.mjs").Contender} */
const hub = { name: "the hub", file: new URL("servers/hub.mjs", import.meta.url).href };

const TOPICS = 500;
const HALF = TOPICS / 2;
const EACH = 20;
const STRIDE = 25;
const UPDATES = 200;

/** CPU time in microseconds per delivery. @typedef {{ busiest: number, workers: number, hub: number, loader: number }} Costs */

/**
 * Measures the deliveries a second that one worker and two workers have the CPU time for, if each has a core: of two, the one
 * that needs more CPU time is the limit. Neither the hub nor the loader is part of it; their shares are stated.
 *
 * Each of two workers owns half of the topics and follows the others, so that every publication crosses the hub once.
 *
 * @type {import("./main.mjs").Part}
 */
export async function workers({ quick, showProgress }) {
  const [connections, rounds, turns] = quick ? [100, 3, 5] : [1_000, 7, 60];
  const deliveries = (turns * UPDATES * connections * EACH) / TOPICS;
  const load = { topics: TOPICS, each: EACH, stride: STRIDE };
  const work = { turns, updates: UPDATES, topics: TOPICS };
  return withSides(async (open) => {
    const alone = await open.server(wsServer);
    const all = await open.loader(alone, { ...load, connections });
    const { pair, hubServer, loaders } = await openPair(open, connections);
    const publishAll = () =>
      Promise.all(
        pair.map((server, index) => server.publish({ turns, updates: UPDATES / 2, topics: HALF, first: index * HALF })),
      );

    const one = /** @type {number[]} */ ([]);
    const two = /** @type {Costs[]} */ ([]);
    for (let round = 0; round <= rounds; round++) {
      showProgress(`round ${round} of ${rounds}`);
      const [aloneUs] = await cpuOf([alone], () => all.countFrames(deliveries, () => alone.publish(work)));
      let loaderUs = 0;
      const [firstUs, secondUs, hubUs] = await cpuOf([...pair, hubServer], async () => {
        const last = await loaders[1].countFrames(deliveries / 2, async () => {
          loaderUs += (await loaders[0].countFrames(deliveries / 2, publishAll)).cpuUs;
        });
        loaderUs += last.cpuUs;
      });
      // The first round is the warm-up.
      if (round === 0) continue;
      one.push(aloneUs / deliveries);
      two.push({
        busiest: Math.max(firstUs, secondUs) / deliveries,
        workers: (firstUs + secondUs) / deliveries,
        hub: hubUs / deliveries,
        loader: loaderUs / deliveries,
      });
    }
    return { tables: tablesOf(connections, one, two) };
  });
}

/** Opens two workers with half of the connections each. @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {number} connections */
async function openPair(open, connections) {
  const hubServer = await open.server(hub);
  const options = { hubPath: hubServer.port };
  const pair = [await open.server(wsServer, { options }), await open.server(wsServer, { options })];
  const texts = subscribeTexts(TOPICS);
  // The first subscriber of a topic decides which worker owns it.
  const claiming = await Promise.all(
    [texts.slice(0, HALF), texts.slice(HALF)].map((owned, index) =>
      open.loader(pair[index], { texts: owned, connections: 1, each: HALF }),
    ),
  );
  const loaders = [];
  for (const server of pair) {
    loaders.push(
      await open.loader(server, { topics: TOPICS, each: EACH, stride: STRIDE, connections: connections / 2 }),
    );
  }
  for (const loader of claiming) await loader.stop();
  return { pair, hubServer, loaders };
}

/** @param {number} connections @param {number[]} one CPU time per delivery of one worker @param {Costs[]} two */
function tablesOf(connections, one, two) {
  const of = (/** @type {keyof Costs} */ part) => median(two.map((costs) => costs[part]));
  const [alone, busiest] = [median(one), of("busiest")];
  const ratio = median(one.map((cost, round) => cost / /** @type {Costs} */ (two[round]).busiest));
  const row = (/** @type {number[]} */ ...costs) => costs.map((cost) => cost.toFixed(2));
  return [
    {
      title: `${TOPICS} topics, ${EACH} per connection, ${UPDATES} updates per turn (${connections.toLocaleString("en")} connections)`,
      head: ["workers", "deliveries a second", "CPU µs per delivery", "of the busiest", "of the hub", "of the loader"],
      rows: [
        ["1", perSecond(alone), ...row(alone, alone), "", ""],
        ["2", perSecond(busiest), ...row(of("workers") + of("hub"), busiest, of("hub"), of("loader"))],
      ],
      note: "Deliveries a second: those that the CPU time of the busiest worker allows, with a core for each worker.",
    },
    {
      title: "Goals (times the deliveries a second)",
      head: ["pair", "ratio", "floor", "goal", ""],
      rows: [["2 workers vs. 1", ...against(ratio, 1.5, 1.7)]],
    },
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
