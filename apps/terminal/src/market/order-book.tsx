import type { UpdateOf } from "@trading/topic";
import type { orderbook } from "@trading/topic/shapes";
import { useOrderbook } from "@trading/ws-client/react";
import type { CSSProperties } from "react";
import { formatVolume } from "../format.js";

import { useInstrument } from "./use-instruments.js";

type Level = UpdateOf<typeof orderbook>["bids"][number];

const DEPTH = 8;

interface OrderBookProps {
  readonly symbol: string;
  /** Called with a selected price and the side of an order against it. */
  readonly onPrice: (price: number, side: 1 | -1) => void;
}

/** Shows asks over bids, best prices in the middle. The bars show the cumulative size. */
export function OrderBook({ symbol, onPrice }: OrderBookProps) {
  const { value: book, status, error } = useOrderbook({ symbol, depth: DEPTH });
  const { formatPrice } = useInstrument(symbol);
  if (error) return <p className="panel-note">{error.message}</p>;
  if (!book) return <p className="panel-note">Loading order book…</p>;
  const asks = withSums(book.asks);
  const bids = withSums(book.bids);
  const maxSum = Math.max(asks.at(-1)?.sum ?? 0, bids.at(-1)?.sum ?? 0);
  const [ask] = book.asks;
  const [bid] = book.bids;
  const rows = (levels: readonly CumulativeLevel[], side: 1 | -1) =>
    levels.map(({ price, qty, sum }) => (
      <tr key={price} className={side === 1 ? "ask" : "bid"}>
        <td>
          <button type="button" onClick={() => onPrice(price, side)}>
            <span className="visually-hidden">{side === 1 ? "Buy at" : "Sell at"}</span> {formatPrice(price)}
          </button>
        </td>
        <td>{formatVolume(qty)}</td>
        <td style={{ "--share": `${(sum / maxSum) * 100}%` } as CSSProperties}>{formatVolume(sum)}</td>
      </tr>
    ));
  return (
    <table className={status === "live" ? "book" : "book stale"}>
      <caption className="visually-hidden">{symbol} order book</caption>
      <thead>
        <tr>
          <th scope="col">Price</th>
          <th scope="col">Size</th>
          <th scope="col">Total</th>
        </tr>
      </thead>
      <tbody>{rows(asks.toReversed(), 1)}</tbody>
      <tbody>
        <tr className="spread">
          <td colSpan={3}>{ask && bid ? `Spread ${formatPrice(ask.price - bid.price)}` : "No spread"}</td>
        </tr>
      </tbody>
      <tbody>{rows(bids, -1)}</tbody>
    </table>
  );
}

interface CumulativeLevel extends Level {
  readonly sum: number;
}

function withSums(levels: readonly Level[]): readonly CumulativeLevel[] {
  let sum = 0;
  return levels.slice(0, DEPTH).map((level) => {
    sum += level.qty;
    return { ...level, sum };
  });
}
