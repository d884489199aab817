import { wsServer, wsServerBatching } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";

const MAX_RATIO = 1.2;
const FAST_CLIENTS = 200;
/** Updates pending for the stalled client before the measurement starts: far more than the kernel buffers. */
const BACKLOG = 60_000;

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
            const p99Ms = async () => {
              const frames = load.turns * load.updates * FAST_CLIENTS;
              return (await fast.countFrames(frames, () => server.publish(load))).p99Us / 1000;
            };
            // The warm-up.
            for (let round = 0; round < 5; round++) await p99Ms();
            return { server, p99Ms, samples: /** @type {number[]} */ ([]) };
          }),
        );
        for (let round = 1; round <= rounds; round++) {
          showProgress(`${contender.name}, round ${round} of ${rounds}`);
          // The second one of a round runs on a warmer machine, so the order alternates.
          const sides = round % 2 === 0 ? [stalled, reading] : [reading, stalled];
          for (const { p99Ms, samples } of sides) samples.push(await p99Ms());
        }
        const { counts } = await stalled.server.usage();
        return {
          name: contender.name,
          reading: median(reading.samples),
          stalled: median(stalled.samples),
          ratio: medianRatio(stalled.samples, reading.samples),
          stayed: counts?.connections === FAST_CLIENTS + 1,
        };
      }),
    );
  }
  return {
    tables: [
      {
        title: `p99 of ${FAST_CLIENTS} clients next to one that reads, and next to one that does not (${rounds} rounds of ${load.turns} turns)`,
        head: ["server", "reads, ms", "does not read, ms", "ratio", "limit", "", "still connected"],
        rows: findings.map(({ name, reading, stalled, ratio, stayed }) => [
          name,
          reading.toFixed(2),
          stalled.toFixed(2),
          ...within(ratio, MAX_RATIO, "×"),
          stayed ? "yes" : "no",
        ]),
        note: "Medians of the rounds, and of the ratios in them. Two servers have the same connections, topics and updates, and are measured alternately.",
      },
    ],
    broken: findings
      .filter(({ ratio }) => ratio > MAX_RATIO)
      .map(
        ({ name, ratio }) =>
          `${name}: p99 next to a client that does not read is ${ratio.toFixed(2)} × that next to one that reads`,
      ),
  };
}
