import type { QuotesBySymbol } from "../market/quotes.js";
import { quoteValues } from "../market/quotes.js";

/** The condition of an alert: the last price is at or above its price, or at or below it. */
export type AlertCondition = "above" | "below";

/** A price at which the user is notified, once. */
export interface PriceAlert {
  readonly id: string;
  readonly symbol: string;
  readonly price: number;
  readonly condition: AlertCondition;
  /** The time and the last price when it fired; undefined while it waits. */
  readonly fired?: FiredAlert;
}

export interface FiredAlert {
  /** Unix milliseconds. */
  readonly at: number;
  readonly price: number;
  /** Whether the user has dismissed the message. */
  readonly isSeen: boolean;
}

/** Maximum number of alerts, fired ones included. */
export const MAX_ALERTS = 100;

/** Returns the condition that a price does not meet yet; undefined if the last price is exactly there. */
export function conditionFor(price: number, last: number): AlertCondition | undefined {
  if (price === last) return undefined;
  return price > last ? "above" : "below";
}

/** Returns whether a last price meets the condition of an alert. */
export function isReached({ condition, price }: Pick<PriceAlert, "condition" | "price">, last: number): boolean {
  return condition === "above" ? last >= price : last <= price;
}

/** Returns alerts with those fired whose condition the quotes meet; the same array if none is. @param now Unix milliseconds */
export function fire(alerts: readonly PriceAlert[], quotes: QuotesBySymbol, now: number): readonly PriceAlert[] {
  let hasFired = false;
  const next = alerts.map((alert) => {
    const last = quoteValues(quotes.get(alert.symbol))?.lp;
    if (alert.fired || last === undefined || !isReached(alert, last)) return alert;
    hasFired = true;
    return { ...alert, fired: { at: now, price: last, isSeen: false } };
  });
  return hasFired ? next : alerts;
}

/** Returns stored alerts, without what is not an alert; undefined if the value is not a list. */
export function alertsOf(stored: unknown): readonly PriceAlert[] | undefined {
  return Array.isArray(stored) ? stored.flatMap(alertOf).slice(0, MAX_ALERTS) : undefined;
}

function alertOf(stored: unknown): readonly PriceAlert[] {
  const { id, symbol, price, condition, fired } = (stored ?? {}) as { readonly [field in keyof PriceAlert]?: unknown };
  if (typeof id !== "string" || typeof symbol !== "string" || !Number.isFinite(price)) return [];
  if (condition !== "above" && condition !== "below") return [];
  const alert = { id, symbol, price: price as number, condition } as const;
  return [isFired(fired) ? { ...alert, fired } : alert];
}

function isFired(stored: unknown): stored is FiredAlert {
  const { at, price, isSeen } = (stored ?? {}) as { readonly [field in keyof FiredAlert]?: unknown };
  return Number.isFinite(at) && Number.isFinite(price) && typeof isSeen === "boolean";
}
