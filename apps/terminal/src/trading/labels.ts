import type { UpdateOf } from "@trading/topic";
import type { orders } from "@trading/topic/shapes";
import type { OrderStatus, OrderType, Side } from "@trading/ws-client/rest";

/** An order of the topic `orders`. */
export type PlacedOrder = UpdateOf<typeof orders>;

/** Labels of the protocol's numeric codes. */
export const SIDE: Readonly<Record<Side, string>> = { 1: "Buy", [-1]: "Sell" };

/** Labels of a position's side. */
export const POSITION_SIDE: Readonly<Record<Side, string>> = { 1: "Long", [-1]: "Short" };

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

/** Returns whether an order can still be filled, changed or cancelled. A bracket is inactive until its parent is filled. */
export function isOpen({ status }: PlacedOrder): boolean {
  return status === 6 || status === 4 || status === 3;
}

export function sideClass(side: Side): "up" | "down" {
  return side === 1 ? "up" : "down";
}

/** Returns which prices an order type requires. */
export function pricesOf(type: OrderType): { readonly limit: boolean; readonly stop: boolean } {
  return { limit: type === 1 || type === 4, stop: type === 3 || type === 4 };
}
