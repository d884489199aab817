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
    if (passed < BUSY_TURNS) await turn();
    else await new Promise<void>((resolve) => later(resolve, LOOK_MS));
  }
}

/** Waits for one turn of the event loop, in which all callbacks run that are pending now. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Waits for turns of the event loop, before an assertion that something did not happen: there is no condition to wait
 * for. Use {@link until} for what must happen.
 *
 * @param count more than the code under test needs. A subscription to a memory client takes two turns. @default 4
 */
export async function turns(count = 4): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn();
}

export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Returns a promise with the functions that settle it. */
export function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
