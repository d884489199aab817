/** The turns after which a condition depends on a timer or on another process, rather than on pending callbacks. */
const BUSY_TURNS = 500;
const LOOK_MS = 1;
/** Tests can replace the global. */
const { setTimeout: later } = globalThis;

/**
 * Waits until a condition is true: checks it once per turn of the event loop, until the test times out. After many turns it checks less
 * often: an event loop that never waits keeps a core busy, which the other process may need.
 */
export async function until(isTrue: () => boolean): Promise<void> {
  for (let passed = 0; !isTrue(); passed++) {
    if (passed < BUSY_TURNS) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise<void>((resolve) => later(resolve, LOOK_MS));
  }
}
