import type { Trade } from "@trading/topic";
import { type Collection, useTrades } from "@trading/ws-client/react";
import { useEffect, useMemo, useState } from "react";
import { useServices } from "../page/services.js";
import { joinTape } from "./tape.js";

/** The trades that the server returned, with their symbol: those of another symbol are not shown. */
interface RecentTrades {
  readonly symbol: string;
  readonly trades: readonly Trade[];
}

/**
 * Returns the last trades of a symbol, oldest first: those before the subscription, then every one. After a reconnection the missed
 * ones are loaded too.
 */
export function useTape(symbol: string, count: number): Collection<Trade> {
  const { rest } = useServices();
  const live = useTrades({ symbol }, { last: count });
  const [recent, setRecent] = useState<RecentTrades>();
  // Once the subscription is live, so that no trade is lost in between.
  const isLive = live.status === "live";
  useEffect(() => {
    if (!isLive) return;
    const aborter = new AbortController();
    const load = async () => {
      const { trades } = await rest.trades({ symbol, limit: count }, aborter.signal);
      setRecent({ symbol, trades });
    };
    // Without them the tape fills with the trades of the stream.
    load().catch((error: unknown) => console.debug(error));
    return () => aborter.abort();
  }, [isLive, rest, symbol, count]);
  return useMemo(() => {
    const before = recent?.symbol === symbol ? recent.trades : [];
    return { ...live, items: joinTape(before, live.items, count) };
  }, [live, recent, symbol, count]);
}
