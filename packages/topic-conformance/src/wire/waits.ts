import { WireFailure } from "./scenario.js";

/** Fails if waits that must be random are almost equal. @param leastMs the spread that random waits exceed */
export function expectSpread(what: string, waits: readonly number[], leastMs: number): void {
  if (Math.max(...waits) - Math.min(...waits) >= leastMs) return;
  throw new WireFailure(`${what} spread over at least ${leastMs} ms`, `${waits.map(Math.round).join(", ")} ms`);
}

/** Fails if the sum of waits is shorter than that of a client that backs off. */
export function expectTotal(what: string, waits: readonly number[], leastMs: number): void {
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  if (total < leastMs) throw new WireFailure(`${what} of at least ${leastMs} ms in total`, `${Math.round(total)} ms`);
}
