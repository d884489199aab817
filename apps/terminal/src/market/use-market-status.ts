import type { QuoteData } from "@trading/topic";
import { useEffect, useState } from "react";
import { useServices } from "../page/services.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { type MarketStatus, marketStatus, STALE_AFTER_MS } from "./market-status.js";
import { quoteError } from "./quotes.js";
import { isOpenAt } from "./session-hours.js";
import { useInstrument } from "./use-instruments.js";

/** After this silence the page asks the server whether the data has ended. */
const CHECK_AFTER_MS = 5_000;

/**
 * Returns the status of a symbol's prices.
 *
 * @param refusal the reason why the server refuses all quotes
 */
export function useMarketStatus(
  symbol: string,
  quote: QuoteData | undefined,
  refusal: string | undefined,
): MarketStatus {
  const { instruments } = useServices();
  const instrument = useInstrument(symbol);
  const zone = useTimeZone();
  const [seen, setSeen] = useState({ quote, at: Date.now() });
  const [now, setNow] = useState(Date.now);
  // State derived from a property: the time at which this quote arrived.
  if (seen.quote !== quote) setSeen({ quote, at: Date.now() });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each quote starts the times again
  useEffect(() => {
    const check = setTimeout(() => instruments.reload(symbol), CHECK_AFTER_MS);
    const repeat = setInterval(() => {
      setNow(Date.now());
      instruments.reload(symbol);
    }, STALE_AFTER_MS);
    return () => {
      clearTimeout(check);
      clearInterval(repeat);
    };
  }, [instruments, symbol, seen]);
  return marketStatus({
    refusal: refusal ?? quoteError(quote),
    hasPrice: quote?.s === "ok",
    hasEnded: instrument.hasEnded,
    isDelayed: instrument.isDelayed,
    isOpen: isOpenAt(instrument.session, instrument.zone, Math.max(now, seen.at)),
    updatedAt: seen.at,
    now: Math.max(now, seen.at),
    formatTime: (ms) => zone.formatTime(ms),
  });
}
