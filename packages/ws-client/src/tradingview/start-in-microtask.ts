import { defer } from "../defer.js";
/**
 * Calls `start` in a microtask. `client.subscribe` calls its listener synchronously with known updates, but the charting
 * library expects no callback before its own call has returned.
 *
 * Returns a function that stops what `start` began, or cancels the call if it is still pending.
 *
 * @param onError receives an exception of `start`
 */
export function startInMicrotask(start: () => () => void, onError: (error: unknown) => void): () => void {
  let stop: (() => void) | undefined;
  let isStopped = false;
  defer(() => {
    if (isStopped) return;
    try {
      stop = start();
    } catch (error) {
      onError(error);
    }
    // A callback during `start` may have stopped it.
    if (isStopped) stop?.();
  });
  return () => {
    isStopped = true;
    stop?.();
  };
}
