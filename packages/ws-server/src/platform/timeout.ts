import type { Clock } from "./clock.js";

/**
 * Waits for work to settle, within a time limit.
 *
 * @param limitMs 0 = no limit
 * @param late creates the error to throw when the limit is exceeded; the outcome of the work is then ignored
 */
export async function withTimeout<Result>(
  clock: Clock,
  limitMs: number,
  work: Result | Promise<Result>,
  late: () => Error,
): Promise<Result> {
  if (limitMs === 0) return work;
  let cancel = () => {};
  const limit = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(limitMs, () => reject(late()));
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    cancel();
  }
}

/** Returns whether the work settles within the limit. */
export async function settlesWithin(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<false>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(false));
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  cancel();
  return inTime;
}
