import type { Clock } from "./clock.js";

/**
 * Waits for something, but not for ever.
 *
 * @param limitMs 0 = without limit
 * @param late made and thrown when it takes longer; what comes of it then is ignored
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
