import { type OptimisticOrder, skip, useOptimisticOrders, usePositions } from "@trading/ws-client/react";
import { useMemo } from "react";
import type { PriceLine } from "../chart/chart-view.js";
import { formatQuantity } from "../format.js";
import { isOpen, POSITION_SIDE, SIDE, sideClass, typeName } from "./labels.js";
import type { MovableField, OrderMove } from "./use-order-move.js";

/**
 * Returns the working orders and the position of an account in one symbol as lines on the chart.
 *
 * @param move the move that the user has not confirmed yet, whose line is at the new price
 * @param onMove called when the user has moved the line of an order
 */
export function usePriceLines(
  account: string | undefined,
  symbol: string,
  move: OrderMove | undefined,
  onMove: (order: OptimisticOrder, field: MovableField, price: number) => void,
): readonly PriceLine[] {
  const params = account === undefined ? skip : { accountId: account };
  const { items: orders } = useOptimisticOrders(params);
  const { items: positions } = usePositions(params);
  return useMemo(() => {
    const orderLines = orders
      .filter((order) => order.symbol === symbol && isOpen(order))
      .flatMap((order) =>
        linesOf(order).map(({ field, price, title }): PriceLine => {
          const isMoved = move?.order.id === order.id && move.field === field && !move.isRefused;
          // An order that the server has not confirmed cannot be changed yet.
          const isMovable = order.status !== 4 && order.pending === undefined;
          return {
            id: `${order.id} ${field}`,
            price: isMoved ? move.price : price,
            title,
            color: sideClass(order.side),
            kind: "order",
            ...(isMovable && { onMove: (next: number) => onMove(order, field, next) }),
          };
        }),
      );
    const positionLines = positions
      .filter((position) => position.symbol === symbol && position.qty > 0)
      .map(({ id, avgPrice, qty, side }): PriceLine => {
        const title = `${POSITION_SIDE[side]} ${formatQuantity(qty)}`;
        return { id, price: avgPrice, title, color: sideClass(side), kind: "position" };
      });
    return [...positionLines, ...orderLines];
  }, [orders, positions, symbol, move, onMove]);
}

/** Returns the prices of an order that have a line: a stop limit order has two. */
function linesOf(order: OptimisticOrder) {
  const { side, type, qty, filledQty = 0, limitPrice, stopPrice } = order;
  const title = `${SIDE[side]} ${formatQuantity(qty - filledQty)} ${typeName(type).toLowerCase()}`;
  const hasBoth = limitPrice !== undefined && stopPrice !== undefined;
  const fields: readonly (readonly [MovableField, number | undefined, string])[] = [
    ["stopPrice", stopPrice, hasBoth ? `${title}: stop` : title],
    ["limitPrice", limitPrice, hasBoth ? `${title}: limit` : title],
  ];
  return fields.flatMap(([field, price, title]) => (price === undefined ? [] : [{ field, price, title }]));
}
