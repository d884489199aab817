import { median } from "./statistics.mjs";

/**
 * Returns the cost of each contender, by default the median, in nanoseconds per call. Rounds are interleaved, so that a noisy moment of
 * the machine affects all contenders. Each round is long enough to make the cost of reading the clock negligible.
 *
 * @param {{ readonly [name: string]: () => unknown }} contenders
 * @param {{ rounds?: number, roundMs?: number, warmUpCalls?: number, summary?: (samples: readonly number[]) => number, onRound?: (done: number, rounds: number) => void }} [options]
 * @returns {Map<string, number>}
 */
export function measure(
  contenders,
  { rounds = 15, roundMs = 40, warmUpCalls = 100_000, summary = median, onRound = () => {} } = {},
) {
  const runs = Object.entries(contenders).map(([name, call]) => ({
    name,
    call,
    batch: calibrate(call, roundMs, warmUpCalls),
    samples: /** @type {number[]} */ ([]),
  }));
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) run.samples.push(time(run.call, run.batch));
    onRound(round + 1, rounds);
  }
  return new Map(runs.map(({ name, samples }) => [name, summary(samples)]));
}

/** Exported, so that the optimizer cannot prove that the value is unused and remove the measured call. */
export const sink = { value: /** @type {unknown} */ (undefined) };

/** Returns the nanoseconds per call. @param {() => unknown} call @param {number} batch */
function time(call, batch) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < batch; index++) sink.value = call();
  return Number(process.hrtime.bigint() - start) / batch;
}

/** Warms up and returns the number of calls that fill a round. @param {() => unknown} call @param {number} roundMs @param {number} warmUpCalls */
function calibrate(call, roundMs, warmUpCalls) {
  let cost = 0;
  for (let warm = 0; warm < 20; warm++) cost = time(call, warmUpCalls / 20);
  return Math.max(100, Math.round((roundMs * 1e6) / cost));
}
