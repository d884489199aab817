/** When the bars of a replay are due: at a constant speed from a moment on. */
export interface Schedule {
  /** Returns the number of bars that are due by now, over all passes. */
  due(): number;
  /** Returns the milliseconds until a bar is due; negative if it is late. @param index from 0, over all passes */
  msUntil(index: number): number;
}

/**
 * Creates a schedule.
 *
 * @param now returns the present time in milliseconds: of the monotonic clock for a schedule of this process, of the system
 *   clock for one that several processes share
 * @param since the time at which `from` bars are due, on the same clock
 * @param barsPerSecond greater than 0
 */
export function schedule(now: () => number, since: number, from: number, barsPerSecond: number): Schedule {
  return {
    due: () => from + Math.max(0, Math.floor(((now() - since) * barsPerSecond) / 1_000)),
    msUntil: (index) => since + ((index - from + 1) * 1_000) / barsPerSecond - now(),
  };
}
