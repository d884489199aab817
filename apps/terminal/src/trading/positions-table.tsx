import { usePositions } from "@trading/ws-client/react";
import type { Position } from "@trading/ws-client/rest";
import { useState } from "react";
import { formatChange, formatQuantity, trendOf } from "../format.js";
import { quoteValues } from "../market/quotes.js";
import { useAllQuotes } from "../market/use-all-quotes.js";
import { useInstruments } from "../market/use-instruments.js";
import { BracketEditor } from "./bracket-editor.js";
import { CloseEditor } from "./close-editor.js";
import { POSITION_SIDE, sideClass } from "./labels.js";
import { CloseButton } from "./row-button.js";
import { type Column, TradingTable } from "./trading-table.js";

const COLUMNS: readonly Column[] = [
  { name: "Symbol" },
  { name: "Side" },
  { name: "Quantity", isNumber: true },
  { name: "Average price", isNumber: true },
  { name: "Last", isNumber: true },
  { name: "P&L", isNumber: true },
  { name: "" },
];

interface PositionsTableProps {
  readonly account: string;
}

/** Lists the account's open positions with their unrealized profit. */
export function PositionsTable({ account }: PositionsTableProps) {
  const quotes = useAllQuotes();
  const { items, isComplete, error } = usePositions({ accountId: account });
  const instrumentOf = useInstruments(items.map(({ symbol }) => symbol));
  const [edited, setEdited] = useState<{ readonly position: Position; readonly editor: "brackets" | "quantity" }>();
  const close = () => setEdited(undefined);
  const open = items.filter(({ qty }) => qty > 0);
  // At the last price, as the broker computes the profit of the account: the sum of the rows is its figure.
  const profitOf = ({ symbol, avgPrice, qty, side }: Position) => {
    const last = quoteValues(quotes.get(symbol));
    return last && (last.lp - avgPrice) * qty * side;
  };
  return (
    <>
      <TradingTable
        caption="Positions"
        columns={COLUMNS}
        isComplete={isComplete}
        error={error?.message}
        empty="No open positions"
        csvRows={() =>
          open.map((position) => [
            position.symbol,
            POSITION_SIDE[position.side],
            position.qty,
            position.avgPrice,
            quoteValues(quotes.get(position.symbol))?.lp,
            profitOf(position),
          ])
        }
      >
        {open.map((position) => {
          const { id, symbol, side, qty, avgPrice } = position;
          const { formatPrice } = instrumentOf(symbol);
          const last = quoteValues(quotes.get(symbol));
          const profit = profitOf(position);
          return (
            <tr key={id}>
              <th scope="row">{symbol}</th>
              <td className={sideClass(side)}>{POSITION_SIDE[side]}</td>
              <td className="number">{formatQuantity(qty)}</td>
              <td className="number">{formatPrice(avgPrice)}</td>
              <td className="number">{last && formatPrice(last.lp)}</td>
              <td className={`number ${trendOf(profit ?? 0)}`}>{profit !== undefined && formatChange(profit)}</td>
              <td className="row-buttons">
                <button type="button" onClick={() => setEdited({ position, editor: "brackets" })}>
                  Protect
                </button>
                <button type="button" onClick={() => setEdited({ position, editor: "quantity" })}>
                  Reduce
                </button>
                <CloseButton account={account} positionId={id} />
              </td>
            </tr>
          );
        })}
      </TradingTable>
      {edited?.editor === "brackets" && <BracketEditor account={account} position={edited.position} onClose={close} />}
      {edited?.editor === "quantity" && <CloseEditor account={account} position={edited.position} onClose={close} />}
    </>
  );
}
