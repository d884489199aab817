import type { UpdateOf } from "@trading/topic";
import type { orders } from "@trading/topic/shapes";
import type { OrderStatus, OrderType, Side } from "@trading/ws-client/rest";

/** An order as its topic tells it. */
export type PlacedOrder = UpdateOf<typeof orders>;

/** What the wire has as numbers, for people. */
export const SIDE: Readonly<Record<Side, string>> = { 1: "Buy", [-1]: "Sell" };

/** The same of what is held. */
export const HELD: Readonly<Record<Side, string>> = { 1: "Long", [-1]: "Short" };

export const ORDER_TYPES: readonly { readonly id: OrderType; readonly name: string }[] = [
  { id: 2, name: "Market" },
  { id: 1, name: "Limit" },
  { id: 3, name: "Stop" },
  { id: 4, name: "Stop limit" },
];

export const STATUS: Readonly<Record<OrderStatus, string>> = {
  1: "Cancelled",
  2: "Filled",
  3: "Inactive",
  4: "Placing",
  5: "Rejected",
  6: "Working",
};

export function typeName(type: OrderType): string {
  return ORDER_TYPES.find(({ id }) => id === type)?.name ?? String(type);
}

/** Whether an order may still be filled, changed or cancelled. A bracket waits as inactive for its parent. */
export function isOpen({ status }: PlacedOrder): boolean {
  return status === 6 || status === 4 || status === 3;
}

export function sideClass(side: Side): "up" | "down" {
  return side === 1 ? "up" : "down";
}

/** Which prices an order of a type has. */
export function pricesOf(type: OrderType): { readonly limit: boolean; readonly stop: boolean } {
  return { limit: type === 1 || type === 4, stop: type === 3 || type === 4 };
}
