/** Waits until a condition is true: checks it once per turn of the event loop, until the test times out. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn();
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
