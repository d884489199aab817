const resolved = Promise.resolve();

/** Calls `run` in a microtask. Uses a promise, because the fake timers of tests replace `queueMicrotask`. */
export function defer(run: () => void): void {
  void resolved.then(run);
}
