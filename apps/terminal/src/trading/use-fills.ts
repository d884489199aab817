import { useExecutions } from "@trading/ws-client/react";
import type { Execution } from "@trading/ws-client/rest";
import { useEffect, useState } from "react";
import { useDesk } from "../page/desk.js";

/** The fills of an account in one symbol, newest first: those of before from the server's list, then each as it happens. */
export function useFills(accountId: string, symbol: string) {
  const { rest } = useDesk();
  const { items, status, error, gaps } = useExecutions({ accountId, symbol });
  const [past, setPast] = useState<readonly Execution[]>();
  const isLive = status === "live";
  // Asked for once the topic stands, and again after a gap, so that no fill falls between the two.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a gap asks anew
  useEffect(() => {
    if (!isLive) return;
    const aborter = new AbortController();
    rest.executions(accountId, symbol, aborter.signal).then(setPast, () => {});
    return () => aborter.abort();
  }, [rest, accountId, symbol, isLive, gaps]);
  return { fills: past && newestFirst([...past, ...withoutKnown(items, past)]), error };
}

/** Those that the list does not have: a fill has no name, so of equal ones as many are left out as the list has. */
function withoutKnown(live: readonly Execution[], past: readonly Execution[]): readonly Execution[] {
  const known = new Map<string, number>();
  for (const fill of past) known.set(nameOf(fill), (known.get(nameOf(fill)) ?? 0) + 1);
  return live.filter((fill) => {
    const left = known.get(nameOf(fill)) ?? 0;
    known.set(nameOf(fill), left - 1);
    return left <= 0;
  });
}

function nameOf({ time, price, qty, side }: Execution): string {
  return [time, price, qty, side].join();
}

function newestFirst(fills: readonly Execution[]): readonly Execution[] {
  return [...fills].sort((one, other) => other.time - one.time);
}
