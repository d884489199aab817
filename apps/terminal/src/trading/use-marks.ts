import { skip, useOrders, usePositions } from "@trading/ws-client/react";
import { useMemo } from "react";
import type { PriceMark } from "../chart/chart-view.js";
import { formatQuantity } from "../format.js";
import { HELD, isOpen, SIDE, sideClass, typeName } from "./words.js";

/** What an account has in one symbol, as prices to draw: working orders and the position. */
export function useMarks(account: string | undefined, symbol: string): readonly PriceMark[] {
  const params = account === undefined ? skip : { accountId: account };
  const { items: orders } = useOrders(params);
  const { items: positions } = usePositions(params);
  return useMemo(() => {
    const working = orders
      .filter((order) => order.symbol === symbol && isOpen(order))
      .flatMap(({ side, type, qty, filledQty = 0, limitPrice, stopPrice }) => {
        const price = stopPrice ?? limitPrice;
        if (price === undefined) return [];
        const title = `${SIDE[side]} ${formatQuantity(qty - filledQty)} ${typeName(type).toLowerCase()}`;
        return [{ price, title, color: sideClass(side), isHeld: false }];
      });
    const held = positions
      .filter((position) => position.symbol === symbol && position.qty > 0)
      .map(({ avgPrice, qty, side }) => {
        const title = `${HELD[side]} ${formatQuantity(qty)}`;
        return { price: avgPrice, title, color: sideClass(side), isHeld: true };
      });
    return [...held, ...working];
  }, [orders, positions, symbol]);
}
