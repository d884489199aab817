import { useCallback, useEffect, useRef, useState } from "react";

/** A request of a form or a button: whether it is under way, and why the last one failed. */
export interface RequestState {
  readonly isBusy: boolean;
  readonly fault: string | undefined;
  /** Starts it; one at a time. Resolves to false where it failed or was not started. */
  run(request: (signal: AbortSignal) => Promise<unknown>): Promise<boolean>;
  /** Forgets the last failure. */
  clear(): void;
}

export function useRequest(): RequestState {
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const running = useRef(false);
  const aborter = useRef<AbortController>(undefined);
  useEffect(() => {
    aborter.current = new AbortController();
    return () => aborter.current?.abort();
  }, []);
  const run = useCallback(async (request: (signal: AbortSignal) => Promise<unknown>) => {
    const signal = aborter.current?.signal;
    if (running.current || signal === undefined) return false;
    running.current = true;
    setBusy(true);
    setFault(undefined);
    try {
      await request(signal);
      return true;
    } catch (error) {
      if (!signal.aborted) setFault((error as Error).message);
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setFault(undefined), []);
  return { isBusy, fault, run, clear };
}
