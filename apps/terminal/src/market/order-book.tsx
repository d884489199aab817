import type { UpdateOf } from "@trading/topic";
import type { orderbook } from "@trading/topic/shapes";
import { useOrderbook } from "@trading/ws-client/react";
import type { CSSProperties } from "react";
import { formatPrice, formatVolume } from "../format.js";

type Level = UpdateOf<typeof orderbook>["bids"][number];

const DEPTH = 8;

interface OrderBookProps {
  readonly symbol: string;
  /** A price was chosen, to be the limit of an order on the other side. */
  readonly onPrice: (price: number, side: 1 | -1) => void;
}

/** What is offered and asked for, best prices in the middle; bars are as long as what has to be traded to get there. */
export function OrderBook({ symbol, onPrice }: OrderBookProps) {
  const { value: book, status, error } = useOrderbook({ symbol, depth: DEPTH });
  if (error) return <p className="panel-note">{error.message}</p>;
  if (!book) return <p className="panel-note">Waiting for the book…</p>;
  const asks = summed(book.asks);
  const bids = summed(book.bids);
  const most = Math.max(asks.at(-1)?.sum ?? 0, bids.at(-1)?.sum ?? 0);
  const [ask] = book.asks;
  const [bid] = book.bids;
  const rows = (levels: readonly Summed[], side: 1 | -1) =>
    levels.map(({ price, qty, sum }) => (
      <tr key={price} className={side === 1 ? "ask" : "bid"}>
        <td>
          <button type="button" onClick={() => onPrice(price, side)}>
            <span className="visually-hidden">{side === 1 ? "Buy at" : "Sell at"}</span> {formatPrice(price)}
          </button>
        </td>
        <td>{formatVolume(qty)}</td>
        <td style={{ "--share": `${(sum / most) * 100}%` } as CSSProperties}>{formatVolume(sum)}</td>
      </tr>
    ));
  return (
    <table className={status === "live" ? "book" : "book stale"}>
      <caption className="visually-hidden">Order book of {symbol}</caption>
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
          <td colSpan={3}>{ask && bid ? `Spread ${formatPrice(ask.price - bid.price)}` : "One side only"}</td>
        </tr>
      </tbody>
      <tbody>{rows(bids, -1)}</tbody>
    </table>
  );
}

interface Summed extends Level {
  readonly sum: number;
}

function summed(levels: readonly Level[]): readonly Summed[] {
  let sum = 0;
  return levels.slice(0, DEPTH).map((level) => {
    sum += level.qty;
    return { ...level, sum };
  });
}
