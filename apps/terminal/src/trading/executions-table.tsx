import { formatQuantity } from "../format.js";
import { useInstrument } from "../market/use-instruments.js";
import type { TimeZone } from "../page/time-zone.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { SIDE, sideClass } from "./labels.js";
import { type Column, TradingTable } from "./trading-table.js";
import { useFills } from "./use-fills.js";

const columnsOf = ({ name }: TimeZone): readonly Column[] => [
  { name: "Symbol" },
  { name: "Side" },
  { name: "Quantity", isNumber: true },
  { name: "Price", isNumber: true },
  { name: `Time (${name})` },
];

interface ExecutionsTableProps {
  readonly account: string;
  readonly symbol: string;
}

/** Lists the account's fills in one symbol. */
export function ExecutionsTable({ account, symbol }: ExecutionsTableProps) {
  const { formatPrice } = useInstrument(symbol);
  const zone = useTimeZone();
  const { fills, error } = useFills(account, symbol);
  return (
    <TradingTable
      caption={`Executions in ${symbol}`}
      columns={columnsOf(zone)}
      isComplete={fills !== undefined}
      error={error?.message}
      empty={`No executions in ${symbol}`}
      csvRows={() =>
        (fills ?? []).map(({ time, symbol, side, qty, price }) => [
          symbol,
          SIDE[side],
          qty,
          price,
          new Date(time).toISOString(),
        ])
      }
    >
      {(fills ?? []).map(({ time, symbol, side, qty, price }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fill has no id
        <tr key={`${time} ${index}`}>
          <th scope="row">{symbol}</th>
          <td className={sideClass(side)}>{SIDE[side]}</td>
          <td className="number">{formatQuantity(qty)}</td>
          <td className="number">{formatPrice(price)}</td>
          <td>{zone.formatTime(time)}</td>
        </tr>
      ))}
    </TradingTable>
  );
}
