import type { OrderType } from "@trading/ws-client/rest";

/** A time in force that the ticket offers. */
export type TimeInForce = "GTC" | "DAY" | "GTD" | "IOC" | "FOK";

const NAMES: Readonly<Record<TimeInForce, string>> = {
  GTC: "Until cancelled",
  DAY: "Today",
  GTD: "Until a date",
  IOC: "Immediate or cancel",
  FOK: "Fill or kill",
};

/** Length of the time in force that is suggested for an order until a date: a day. */
const SUGGESTED_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Returns the times in force of an order type. A stop order waits for its price, so it cannot be filled immediately. */
export function durationsOf(type: OrderType): readonly { readonly id: TimeInForce; readonly name: string }[] {
  const ids: readonly TimeInForce[] =
    type === 1 || type === 2 ? ["GTC", "DAY", "GTD", "IOC", "FOK"] : ["GTC", "DAY", "GTD"];
  return ids.map((id) => ({ id, name: NAMES[id] }));
}

/** Returns a time in force if the order type has it, otherwise the default. */
export function durationFor(type: OrderType, wanted: TimeInForce): TimeInForce {
  return durationsOf(type).some(({ id }) => id === wanted) ? wanted : "GTC";
}

/** Returns the expiry that is suggested for an order until a date: a day later, at a whole minute. @param now Unix milliseconds */
export function suggestedExpiry(now: number): number {
  return Math.ceil((now + SUGGESTED_MS) / MINUTE_MS) * MINUTE_MS;
}
