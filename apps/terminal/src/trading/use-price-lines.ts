import { skip, useOrders, usePositions } from "@trading/ws-client/react";
import { useMemo } from "react";
import type { PriceLine } from "../chart/chart-view.js";
import { formatQuantity } from "../format.js";
import { isOpen, POSITION_SIDE, SIDE, sideClass, typeName } from "./labels.js";

/** Returns the working orders and the position of an account in one symbol as lines on the chart. */
export function usePriceLines(account: string | undefined, symbol: string): readonly PriceLine[] {
  const params = account === undefined ? skip : { accountId: account };
  const { items: orders } = useOrders(params);
  const { items: positions } = usePositions(params);
  return useMemo(() => {
    const orderLines = orders
      .filter((order) => order.symbol === symbol && isOpen(order))
      .flatMap(({ side, type, qty, filledQty = 0, limitPrice, stopPrice }) => {
        const price = stopPrice ?? limitPrice;
        if (price === undefined) return [];
        const title = `${SIDE[side]} ${formatQuantity(qty - filledQty)} ${typeName(type).toLowerCase()}`;
        return [{ price, title, color: sideClass(side), isPosition: false }];
      });
    const positionLines = positions
      .filter((position) => position.symbol === symbol && position.qty > 0)
      .map(({ avgPrice, qty, side }) => {
        const title = `${POSITION_SIDE[side]} ${formatQuantity(qty)}`;
        return { price: avgPrice, title, color: sideClass(side), isPosition: true };
      });
    return [...positionLines, ...orderLines];
  }, [orders, positions, symbol]);
}
