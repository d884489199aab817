import { startTransition, useEffect, useState } from "react";

/** Maximum time that the first stage waits for what comes first. */
const MAX_WAIT_MS = 1_000;

/**
 * Returns a number that grows from 0 to `last`, each time in a new task after the previous one was rendered. A page that adds a panel with
 * each stage is painted and handles input in between, instead of rendering all panels in one long task.
 *
 * @param isReady whether what comes first is shown. The stages wait for it, though not longer than a second
 */
export function useStages(last: number, isReady: boolean): number {
  const [stage, setStage] = useState(0);
  const canGrow = isReady || stage > 0;
  useEffect(() => {
    if (stage >= last) return;
    const timer = setTimeout(() => startTransition(() => setStage(stage + 1)), canGrow ? 0 : MAX_WAIT_MS);
    return () => clearTimeout(timer);
  }, [stage, last, canGrow]);
  return stage;
}
