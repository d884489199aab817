/// <reference lib="esnext.disposable" preserve="true" />

/** Undoes the call that returned it. Calling it again does nothing; `using` calls it at the end of the block. */
export interface Stop extends Disposable {
  (): void;
}

/** Returns a `Stop` that calls `stop`. */
export function stopping(stop: () => void): Stop {
  // On platforms without the symbol, compilers translate `using` to this one.
  const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  const call = () => stop();
  return Object.assign(call, { [dispose]: call });
}
