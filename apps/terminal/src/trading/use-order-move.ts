import { useCallback, useState } from "react";
import type { PlacedOrder } from "./labels.js";

/** A price of an order that can be moved on the chart. */
export type MovableField = "limitPrice" | "stopPrice";

/** A move of an order's line that the user has not confirmed yet. */
export interface OrderMove {
  readonly order: PlacedOrder;
  readonly field: MovableField;
  readonly price: number;
  /** Whether the server has refused it, so that the line is at the order's price again. */
  readonly isRefused: boolean;
}

/** Returns the unconfirmed move of an order, and the functions that start and end it. */
export function useOrderMove() {
  const [move, setMove] = useState<OrderMove>();
  const start = useCallback(
    (order: PlacedOrder, field: MovableField, price: number) => setMove({ order, field, price, isRefused: false }),
    [],
  );
  const refuse = useCallback(() => setMove((before) => before && { ...before, isRefused: true }), []);
  const end = useCallback(() => setMove(undefined), []);
  return { move, start, refuse, end };
}
