import { wsServer, wsServerBatching } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { lowRatio, median, medianRatio } from "./statistics.mjs";

const MAX_RATIO = 1.2;
const FAST_CLIENTS = 200;
/** Updates pending for the stalled client before the measurement starts: far more than the kernel buffers. */
const BACKLOG = 60_000;
const WARM_UP_ROUNDS = 5;

/**
 * Measures whether a client that does not read delays the clients that do: on two servers with the same connections, topics and
 * updates, one of which has a client that does not read.
 *
 * @type {import("./main.mjs").Part}
 */
export async function isolation({ quick, showProgress }) {
  // The 99th percentile of a round is that of its slowest turn or two, so there are many short rounds: a pause of the machine hits one of them.
  const [rounds, turns, backlog] = quick ? [15, 10, BACKLOG / 10] : [40, 25, BACKLOG];
  const load = { turns, topics: 1, updates: 5, everyMs: 10, sameBar: true };
  const findings = [];
  for (const contender of quick ? [wsServerBatching] : [wsServerBatching, wsServer]) {
    findings.push(
      await withSides(async (open) => {
        const [reading, stalled] = await Promise.all(
          [false, true].map(async (isStalled) => {
            const server = await open.server(contender);
            const fast = await open.loader(server, { connections: FAST_CLIENTS, topics: 1, stamp: "volume" });
            await open.loader(server, { connections: 1, topics: 2, each: 2, stalled: isStalled });
            await server.publish({ turns: backlog / 100, topics: 1, first: 1, updates: 100, sameBar: true });
            const frames = load.turns * load.updates * FAST_CLIENTS;
            const measured = async () => {
              const { cpuUs: before } = await server.usage();
              const { p99Us } = await fast.countFrames(frames, () => server.publish(load));
              return { p99Ms: p99Us / 1000, cpuUs: ((await server.usage()).cpuUs - before) / frames };
            };
            for (let round = 0; round < WARM_UP_ROUNDS; round++) await measured();
            return { server, measured, p99sMs: /** @type {number[]} */ ([]), costsUs: /** @type {number[]} */ ([]) };
          }),
        );
        for (let round = 1; round <= rounds; round++) {
          showProgress(`${contender.name}, round ${round} of ${rounds}`);
          // The second one of a round runs on a warmer machine, so the order alternates.
          const sides = round % 2 === 0 ? [stalled, reading] : [reading, stalled];
          for (const { measured, p99sMs, costsUs } of sides) {
            const { p99Ms, cpuUs } = await measured();
            p99sMs.push(p99Ms);
            costsUs.push(cpuUs);
          }
        }
        const { counts } = await stalled.server.usage();
        return {
          name: contender.name,
          readingMs: median(reading.p99sMs),
          stalledMs: median(stalled.p99sMs),
          p99Ratio: medianRatio(stalled.p99sMs, reading.p99sMs),
          lowP99Ratio: lowRatio(stalled.p99sMs, reading.p99sMs),
          lowCostRatio: lowRatio(stalled.costsUs, reading.costsUs),
          stayed: counts?.connections === FAST_CLIENTS + 1,
        };
      }),
    );
  }
  return {
    tables: [
      {
        title: `p99 of ${FAST_CLIENTS} clients next to one that reads, and next to one that does not (${rounds} rounds of ${load.turns} turns)`,
        head: [
          "server",
          "reads, ms",
          "does not read, ms",
          "ratio",
          "in nine tenths of the rounds above",
          "limit",
          "",
          "CPU time, the same",
          "limit",
          "",
          "still connected",
        ],
        rows: findings.map(({ name, readingMs, stalledMs, p99Ratio, lowP99Ratio, lowCostRatio, stayed }) => [
          name,
          readingMs.toFixed(2),
          stalledMs.toFixed(2),
          `${p99Ratio.toFixed(2)} ×`,
          ...within(lowP99Ratio, MAX_RATIO, "×"),
          ...within(lowCostRatio, MAX_RATIO, "×"),
          stayed ? "yes" : "no",
        ]),
        note:
          "Medians of the rounds, and of the ratios in them. Two servers have the same connections, topics and updates, and are measured " +
          "alternately. A limit applies to the ratio that nine tenths of the rounds exceed.",
      },
    ],
    broken: findings.flatMap(({ name, lowP99Ratio, lowCostRatio }) => [
      ...(lowP99Ratio > MAX_RATIO ? [`${name}: the p99 ${sentence(lowP99Ratio)}`] : []),
      ...(lowCostRatio > MAX_RATIO ? [`${name}: the CPU time of a delivery ${sentence(lowCostRatio)}`] : []),
    ]),
  };
}

/** @param {number} ratio */
function sentence(ratio) {
  return `next to a client that does not read is above ${ratio.toFixed(2)} × that next to one that reads, in nine tenths of the rounds`;
}
