import type { OrderType } from "@trading/ws-client/rest";

/** A time in force that the ticket offers. */
export type TimeInForce = "GTC" | "DAY" | "IOC" | "FOK";

const NAMES: Readonly<Record<TimeInForce, string>> = {
  GTC: "Until cancelled",
  DAY: "Today",
  IOC: "Immediate or cancel",
  FOK: "Fill or kill",
};

/** Returns the times in force of an order type. A stop order waits for its price, so it cannot be filled immediately. */
export function durationsOf(type: OrderType): readonly { readonly id: TimeInForce; readonly name: string }[] {
  const ids: readonly TimeInForce[] = type === 1 || type === 2 ? ["GTC", "DAY", "IOC", "FOK"] : ["GTC", "DAY"];
  return ids.map((id) => ({ id, name: NAMES[id] }));
}

/** Returns a time in force if the order type has it, otherwise the default. */
export function durationFor(type: OrderType, wanted: TimeInForce): TimeInForce {
  return durationsOf(type).some(({ id }) => id === wanted) ? wanted : "GTC";
}
