/** Throws the reason of a signal that is aborted. The signals of React Native have no `throwIfAborted`. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}

/** Returns the reason of an aborted signal; an `AbortError` if the platform keeps none, as React Native. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? Object.assign(new Error("Aborted"), { name: "AbortError" });
}

/**
 * Calls a function with the reason once a signal is aborted.
 *
 * @returns stops listening
 * @throws the reason if it is aborted already
 */
export function onAbort(signal: AbortSignal | undefined, run: (reason: unknown) => void): () => void {
  throwIfAborted(signal);
  const listener = () => run(reasonOf(signal as AbortSignal));
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}
