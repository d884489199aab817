/// <reference lib="esnext.disposable" preserve="true" />

/** Ends what it was returned for. Calling it again does nothing; `using` calls it at the end of the block. */
export interface Stop extends Disposable {
  (): void;
}

export function stopping(stop: () => void): Stop {
  // Where the platform lacks the symbol, `using` is compiled to look for this one.
  const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  const call = () => stop();
  return Object.assign(call, { [dispose]: call });
}
