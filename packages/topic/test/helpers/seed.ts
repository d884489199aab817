/**
 * Returns the number of runs and the seed, which can be set: `TOPIC_RUNS=100000 TOPIC_SEED=1 npm test -- properties`.
 *
 * @param newSeedRuns the runs with a new seed. The fixed seed repeats the same values in each run, so a quarter is enough.
 */
export function randomRuns(newSeedRuns: number): { readonly numRuns: number; readonly seed: number } {
  const defaultRuns = process.env.NEW_SEEDS === "true" ? newSeedRuns : newSeedRuns / 4;
  const numRuns = Number(process.env.TOPIC_RUNS ?? defaultRuns);
  const seed = Number(process.env.TOPIC_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${numRuns} random values, TOPIC_SEED=${seed}`);
  return { numRuns, seed };
}
