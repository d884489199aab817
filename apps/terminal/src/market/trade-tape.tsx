import type { Trade } from "@trading/topic";
import type { Collection } from "@trading/ws-client/react";
import { formatVolume } from "../format.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { useInstrument } from "./use-instruments.js";

interface TradeTapeProps {
  readonly symbol: string;
  readonly trades: Collection<Trade>;
}

/** Lists a symbol's trades, newest first. */
export function TradeTape({ symbol, trades: { items, status, error } }: TradeTapeProps) {
  const { formatPrice } = useInstrument(symbol);
  const zone = useTimeZone();
  if (error) return <p className="panel-note">{error.message}</p>;
  if (items.length === 0) return <p className="panel-note">No trades yet</p>;
  return (
    <table className={status === "live" ? "tape" : "tape stale"}>
      <caption className="visually-hidden">{symbol} trades, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Price</th>
          <th scope="col">Size</th>
          <th scope="col">Time ({zone.name})</th>
        </tr>
      </thead>
      <tbody>
        {items.toReversed().map(({ id, price, qty, side, time }) => (
          <tr key={id}>
            <td className={side === 1 ? "up" : "down"}>{formatPrice(price)}</td>
            <td>{formatVolume(qty)}</td>
            <td>{zone.formatTime(time)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
