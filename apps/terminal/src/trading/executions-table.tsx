import { formatPrice, formatQuantity, formatTime } from "../format.js";
import { TradingTable } from "./trading-table.js";
import { useFills } from "./use-fills.js";
import { SIDE, sideClass } from "./words.js";

const COLUMNS = ["Time", "Symbol", "Side", "Quantity", "Price"];

interface ExecutionsTableProps {
  readonly account: string;
  readonly symbol: string;
}

/** The account's fills in the symbol of the chart. */
export function ExecutionsTable({ account, symbol }: ExecutionsTableProps) {
  const { fills, error } = useFills(account, symbol);
  return (
    <TradingTable
      caption={`Executions in ${symbol}`}
      columns={COLUMNS}
      isComplete={fills !== undefined}
      fault={error?.message}
      empty={`No executions in ${symbol} yet.`}
    >
      {(fills ?? []).map(({ time, symbol, side, qty, price }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fill has no name of its own
        <tr key={`${time} ${index}`}>
          <td>{formatTime(time)}</td>
          <th scope="row">{symbol}</th>
          <td className={sideClass(side)}>{SIDE[side]}</td>
          <td>{formatQuantity(qty)}</td>
          <td>{formatPrice(price)}</td>
        </tr>
      ))}
    </TradingTable>
  );
}
