/** Returns the number of runs and the seed, which can be set: `TOPIC_RUNS=100000 TOPIC_SEED=1 npm test -- properties`. */
export function randomRuns(defaultRuns: number): { readonly numRuns: number; readonly seed: number } {
  const numRuns = Number(process.env.TOPIC_RUNS ?? defaultRuns);
  const seed = Number(process.env.TOPIC_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${numRuns} random values, TOPIC_SEED=${seed}`);
  return { numRuns, seed };
}
