import { type OptimisticOrder, useOptimisticOrders } from "@trading/ws-client/react";
import { useState } from "react";
import { formatQuantity } from "../format.js";
import type { Instrument } from "../market/instrument.js";
import { useInstruments } from "../market/use-instruments.js";
import type { TimeZone } from "../page/time-zone.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { isOpen, type PlacedOrder, SIDE, STATUS, sideClass, typeName } from "./labels.js";
import { OrderEditor } from "./order-editor.js";
import { CancelButton } from "./row-button.js";
import { type Column, TradingTable } from "./trading-table.js";

const columnsOf = ({ name }: TimeZone): readonly Column[] => [
  { name: "Symbol" },
  { name: "Side" },
  { name: "Type" },
  { name: "Filled", isNumber: true },
  { name: "Price", isNumber: true },
  { name: "Bracket" },
  { name: "Status" },
  { name: `Time (${name})` },
  { name: "" },
];

/** Lists the account's orders: working orders with their actions, then finished ones. */
export function OrdersTable({ account }: { readonly account: string }) {
  const { items, isComplete, error } = useOptimisticOrders({ accountId: account });
  const instrumentOf = useInstruments(items.map(({ symbol }) => symbol));
  const zone = useTimeZone();
  const [edited, setEdited] = useState<PlacedOrder>();
  // An order that is being placed has no time yet.
  const timeOf = ({ updateTime = Number.MAX_VALUE }: OptimisticOrder) => updateTime;
  const newestFirst = [...items].sort((one, other) => timeOf(other) - timeOf(one));
  const sorted = [...newestFirst.filter(isOpen), ...newestFirst.filter((order) => !isOpen(order))];
  return (
    <>
      <TradingTable
        caption="Orders"
        columns={columnsOf(zone)}
        isComplete={isComplete}
        error={error?.message}
        empty="No orders"
        csvRows={() =>
          sorted.map((order) => [
            order.symbol,
            SIDE[order.side],
            typeName(order.type),
            `${order.filledQty ?? 0} / ${order.qty}`,
            priceOf(order, instrumentOf(order.symbol)),
            bracketOf(order, instrumentOf(order.symbol)),
            statusOf(order, zone),
            order.updateTime === undefined ? undefined : new Date(order.updateTime).toISOString(),
          ])
        }
      >
        {sorted.map((order) => (
          <tr key={order.id} className={isOpen(order) ? "" : "finished"}>
            <th scope="row">{order.symbol}</th>
            <td className={sideClass(order.side)}>{SIDE[order.side]}</td>
            <td>{typeName(order.type)}</td>
            <td className="number">
              {formatQuantity(order.filledQty ?? 0)} / {formatQuantity(order.qty)}
            </td>
            <td className="number">{priceOf(order, instrumentOf(order.symbol))}</td>
            <td>{bracketOf(order, instrumentOf(order.symbol))}</td>
            <td>{statusOf(order, zone)}</td>
            <td>{order.updateTime !== undefined && zone.formatTime(order.updateTime)}</td>
            <td className="row-buttons">
              {isOpen(order) && order.pending !== "place" && (
                <>
                  <button type="button" onClick={() => setEdited(order)}>
                    Modify
                  </button>
                  <CancelButton account={account} orderId={order.id} />
                </>
              )}
            </td>
          </tr>
        ))}
      </TradingTable>
      {edited && <OrderEditor key={edited.id} account={account} order={edited} onClose={() => setEdited(undefined)} />}
    </>
  );
}

function priceOf({ avgPrice, limitPrice, stopPrice }: PlacedOrder, { formatPrice }: Instrument): string {
  if (limitPrice === undefined && stopPrice === undefined)
    return avgPrice === undefined ? "Market" : formatPrice(avgPrice);
  return [stopPrice, limitPrice].flatMap((price) => (price === undefined ? [] : formatPrice(price))).join(" → ");
}

/** Labels of the orders whose command the server has not replied to. */
const PENDING = { place: "Placing", modify: "Modifying", cancel: "Cancelling" } as const;

function statusOf({ pending, status, duration }: OptimisticOrder, zone: TimeZone): string {
  if (pending !== undefined) return PENDING[pending];
  const expiry = status === 6 && duration?.type === "GTD" ? duration.datetime : undefined;
  return expiry === undefined ? STATUS[status] : `${STATUS[status]} until ${zone.formatDate(expiry)}`;
}

function bracketOf({ takeProfit, stopLoss }: PlacedOrder, { formatPrice }: Instrument): string {
  const parts = { TP: takeProfit, SL: stopLoss };
  return Object.entries(parts)
    .flatMap(([name, price]) => (price === undefined ? [] : `${name} ${formatPrice(price)}`))
    .join(" · ");
}
