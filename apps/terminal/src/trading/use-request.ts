import { useCallback, useEffect, useRef, useState } from "react";

/** The state of a form's or a button's request. */
export interface RequestState {
  readonly isBusy: boolean;
  /** The message of the last failure. */
  readonly error: string | undefined;
  /** Sends a request, unless one is pending. Resolves to false if it failed or was not sent. */
  run(request: (signal: AbortSignal) => Promise<unknown>): Promise<boolean>;
  /** Clears `error`. */
  clear(): void;
}

export function useRequest(): RequestState {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const isRunning = useRef(false);
  const aborter = useRef<AbortController>(undefined);
  useEffect(() => {
    aborter.current = new AbortController();
    return () => aborter.current?.abort();
  }, []);
  const run = useCallback(async (request: (signal: AbortSignal) => Promise<unknown>) => {
    const signal = aborter.current?.signal;
    if (isRunning.current || signal === undefined) return false;
    isRunning.current = true;
    setBusy(true);
    setError(undefined);
    try {
      await request(signal);
      return true;
    } catch (failure) {
      if (!signal.aborted) setError((failure as Error).message);
      return false;
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setError(undefined), []);
  return { isBusy, error, run, clear };
}
