import type { Clock } from "@trading/ws-server";

/**
 * Waits for a promise, at most for `ms` milliseconds. What the promise does afterwards is ignored.
 *
 * @param subject begins the message of the error, `The broker's store`
 * @throws Error after that time; the promise's error
 */
export function withDeadline<Result>(
  clock: Clock,
  ms: number,
  promise: Promise<Result>,
  subject: string,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`${subject} did not reply within ${ms} ms`)));
    promise.then(resolve, reject).finally(cancel);
  });
}
