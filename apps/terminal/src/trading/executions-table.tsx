import { formatPrice, formatQuantity, formatTime } from "../format.js";
import { SIDE, sideClass } from "./labels.js";
import { type Column, TradingTable } from "./trading-table.js";
import { useFills } from "./use-fills.js";

const COLUMNS: readonly Column[] = [
  { name: "Symbol" },
  { name: "Side" },
  { name: "Quantity", isNumber: true },
  { name: "Price", isNumber: true },
  { name: "Time" },
];

interface ExecutionsTableProps {
  readonly account: string;
  readonly symbol: string;
}

/** Lists the account's fills in one symbol. */
export function ExecutionsTable({ account, symbol }: ExecutionsTableProps) {
  const { fills, error } = useFills(account, symbol);
  return (
    <TradingTable
      caption={`Executions in ${symbol}`}
      columns={COLUMNS}
      isComplete={fills !== undefined}
      error={error?.message}
      empty={`No executions in ${symbol}`}
    >
      {(fills ?? []).map(({ time, symbol, side, qty, price }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fill has no id
        <tr key={`${time} ${index}`}>
          <th scope="row">{symbol}</th>
          <td className={sideClass(side)}>{SIDE[side]}</td>
          <td className="number">{formatQuantity(qty)}</td>
          <td className="number">{formatPrice(price)}</td>
          <td>{formatTime(time)}</td>
        </tr>
      ))}
    </TradingTable>
  );
}
