/** The kinds of a market's status. Only `live` means that prices are current and change. */
export type MarketStatusKind = "loading" | "live" | "delayed" | "stale" | "closed" | "ended" | "refused";

/** The status of a symbol's prices. */
export interface MarketStatus {
  readonly kind: MarketStatusKind;
  /** `Live`, `Stale since 14:03:59`. */
  readonly label: string;
  /** The reason, or an explanation. */
  readonly detail: string;
}

/** The facts that determine the status of a symbol's prices. */
export interface MarketFacts {
  /** The reason why the server refuses the prices; undefined if it does not. */
  readonly refusal: string | undefined;
  /** Whether there is a quote. */
  readonly hasPrice: boolean;
  /** Whether the data is over for good, as that of a replay at its end. */
  readonly hasEnded: boolean;
  readonly isDelayed: boolean;
  /** Whether the trading hours include the present. */
  readonly isOpen: boolean;
  /** Unix milliseconds of the last quote. */
  readonly updatedAt: number;
  /** Unix milliseconds. */
  readonly now: number;
  formatTime(ms: number): string;
}

/** Without a quote for this long, prices are shown as stale. */
export const STALE_AFTER_MS = 30_000;

/** Determines the status of a symbol's prices: the first fact that keeps them from being live decides. */
export function marketStatus(facts: MarketFacts): MarketStatus {
  const { refusal, hasPrice, hasEnded, isDelayed, isOpen, updatedAt, now, formatTime } = facts;
  const since = formatTime(updatedAt);
  if (refusal !== undefined) return { kind: "refused", label: "No data", detail: refusal };
  if (hasEnded) return { kind: "ended", label: "Ended", detail: "The data has ended. Prices do not change any more." };
  if (!hasPrice) return { kind: "loading", label: "Loading", detail: "Waiting for prices." };
  if (!isOpen) return { kind: "closed", label: "Closed", detail: "The market is closed. Prices are the last ones." };
  if (now - updatedAt >= STALE_AFTER_MS)
    return { kind: "stale", label: `Stale since ${since}`, detail: `The last price arrived at ${since}.` };
  if (isDelayed) return { kind: "delayed", label: "Delayed", detail: "The exchange sends delayed prices." };
  return { kind: "live", label: "Live", detail: "Prices are current." };
}
