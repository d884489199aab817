import { usePositions } from "@trading/ws-client/react";
import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { formatChange, formatPrice, formatQuantity, trendOf } from "../format.js";
import type { Tick } from "../market/use-quotes.js";
import { useDesk } from "../page/desk.js";
import { BracketEditor } from "./bracket-editor.js";
import { CloseEditor } from "./close-editor.js";
import { RowButton } from "./row-button.js";
import { type Column, TradingTable } from "./trading-table.js";
import { HELD, sideClass } from "./words.js";

const COLUMNS: readonly Column[] = [
  { name: "Symbol" },
  { name: "Side" },
  { name: "Quantity", isNumber: true },
  { name: "Average price", isNumber: true },
  { name: "Last", isNumber: true },
  { name: "Profit", isNumber: true },
  { name: "" },
];

interface PositionsTableProps {
  readonly account: string;
  readonly ticks: ReadonlyMap<string, Tick>;
}

/** What the account holds, and what it is worth against what was paid. */
export function PositionsTable({ account, ticks }: PositionsTableProps) {
  const { rest } = useDesk();
  const { items, isComplete, error } = usePositions({ accountId: account });
  const [edited, setEdited] = useState<{ readonly position: Position; readonly what: "brackets" | "part" }>();
  const close = () => setEdited(undefined);
  const held = items.filter(({ qty }) => qty > 0);
  return (
    <>
      <TradingTable
        caption="Positions"
        columns={COLUMNS}
        isComplete={isComplete}
        fault={error?.message}
        empty="No positions: a filled order opens one."
      >
        {held.map((position) => {
          const { id, symbol, side, qty, avgPrice } = position;
          const last = ticks.get(symbol)?.quote.v;
          // What closing it would bring: a sale at the bid, a purchase at the ask.
          const price = side === 1 ? last?.bid : last?.ask;
          const profit = price === undefined ? undefined : (price - avgPrice) * qty * side;
          return (
            <tr key={id}>
              <th scope="row">{symbol}</th>
              <td className={sideClass(side)}>{HELD[side]}</td>
              <td className="number">{formatQuantity(qty)}</td>
              <td className="number">{formatPrice(avgPrice)}</td>
              <td className="number">{last && formatPrice(last.lp)}</td>
              <td className={`number ${trendOf(profit ?? 0)}`}>{profit !== undefined && formatChange(profit)}</td>
              <td className="row-buttons">
                <button type="button" onClick={() => setEdited({ position, what: "brackets" })}>
                  Protect
                </button>
                <button type="button" onClick={() => setEdited({ position, what: "part" })}>
                  Reduce
                </button>
                <RowButton request={(signal) => rest.closePosition(account, id, undefined, signal)}>Close</RowButton>
              </td>
            </tr>
          );
        })}
      </TradingTable>
      {edited?.what === "brackets" && <BracketEditor account={account} position={edited.position} onClose={close} />}
      {edited?.what === "part" && <CloseEditor account={account} position={edited.position} onClose={close} />}
    </>
  );
}
