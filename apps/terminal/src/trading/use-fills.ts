import { useExecutions } from "@trading/ws-client/react";
import type { Execution } from "@trading/ws-client/rest";
import { useEffect, useState } from "react";
import { useServices } from "../page/services.js";

/** Returns the fills of an account in one symbol, newest first: earlier ones over REST, later ones from the topic. */
export function useFills(accountId: string, symbol: string) {
  const { rest } = useServices();
  const { items, isComplete, error, gaps } = useExecutions({ accountId, symbol });
  const [loaded, setLoaded] = useState<readonly Execution[]>();
  // Loaded once the topic is live, so that no fill is lost in between, and again after a gap.
  // biome-ignore lint/correctness/useExhaustiveDependencies: reloads after each gap
  useEffect(() => {
    if (!isComplete) return;
    const aborter = new AbortController();
    rest.executions(accountId, symbol, aborter.signal).then(setLoaded, () => {});
    return () => aborter.abort();
  }, [rest, accountId, symbol, isComplete, gaps]);
  return { fills: loaded && newestFirst([...loaded, ...withoutLoaded(items, loaded)]), error };
}

/**
 * Returns the live fills that the loaded list does not contain. Fills have no id: of equal fills, as many are dropped as the
 * list contains.
 */
function withoutLoaded(live: readonly Execution[], loaded: readonly Execution[]): readonly Execution[] {
  const counts = new Map<string, number>();
  for (const fill of loaded) counts.set(keyOf(fill), (counts.get(keyOf(fill)) ?? 0) + 1);
  return live.filter((fill) => {
    const count = counts.get(keyOf(fill)) ?? 0;
    counts.set(keyOf(fill), count - 1);
    return count <= 0;
  });
}

function keyOf({ time, price, qty, side }: Execution): string {
  return [time, price, qty, side].join();
}

function newestFirst(fills: readonly Execution[]): readonly Execution[] {
  return [...fills].sort((one, other) => other.time - one.time);
}
