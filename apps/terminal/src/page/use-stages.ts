import { startTransition, useEffect, useState } from "react";

/**
 * Returns a number that grows from 0 to `last`, each time in a new task after the previous one was rendered. A page that adds a panel with
 * each stage is painted and handles input in between, instead of rendering all panels in one long task.
 */
export function useStages(last: number): number {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    if (stage >= last) return;
    const timer = setTimeout(() => startTransition(() => setStage(stage + 1)));
    return () => clearTimeout(timer);
  }, [stage, last]);
  return stage;
}
