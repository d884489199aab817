/**
 * Starts something in a microtask: the client hands over what it knows while one subscribes, and the library expects no
 * callback before its own call has returned. Returns what ends it, started or not.
 *
 * @param failed gets what starting throws
 */
export function soon(start: () => () => void, failed: (error: unknown) => void): () => void {
  let stop: (() => void) | undefined;
  let isStopped = false;
  queueMicrotask(() => {
    if (isStopped) return;
    try {
      stop = start();
    } catch (error) {
      failed(error);
    }
    // What starting has called may have ended it.
    if (isStopped) stop?.();
  });
  return () => {
    isStopped = true;
    stop?.();
  };
}
