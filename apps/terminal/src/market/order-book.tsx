import { useOrderbook } from "@trading/ws-client/react";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { formatVolume } from "../format.js";
import { type CumulativeLevel, groupLevels, groupSteps, withSums } from "./book-levels.js";
import { useInstrument } from "./use-instruments.js";

/** Number of rows on each side. Missing levels are empty rows, so that the spread stays in its place. */
const ROWS = 8;

interface OrderBookProps {
  readonly symbol: string;
  /** Called with a selected price and the side of an order against it. */
  readonly onPrice: (price: number, side: 1 | -1) => void;
}

/** Shows asks over bids, best prices in the middle. The bars show the cumulative size. */
export function OrderBook({ symbol, onPrice }: OrderBookProps) {
  const [group, setGroup] = useState(0);
  const instrument = useInstrument(symbol);
  const steps = groupSteps(instrument.priceStep);
  const step = steps[group] ?? instrument.priceStep;
  // A group combines up to a hundred levels.
  const depth = group === 0 ? ROWS : Math.min(500, (ROWS * step) / instrument.priceStep);
  const { value: book, status, error } = useOrderbook({ symbol, depth: Math.round(depth) });
  const { formatPrice } = instrument;
  const id = useId();
  if (error) return <p className="panel-note">{error.message}</p>;
  const asks = withSums(groupLevels(book?.asks ?? [], step, "asks"), ROWS);
  const bids = withSums(groupLevels(book?.bids ?? [], step, "bids"), ROWS);
  const maxSum = Math.max(asks.at(-1)?.sum ?? 0, bids.at(-1)?.sum ?? 0);
  const [ask] = book?.asks ?? [];
  const [bid] = book?.bids ?? [];
  const spread = ask && bid ? `Spread ${formatPrice(ask.price - bid.price)}` : "No spread";
  return (
    <BookTable isStale={status !== "live" && book !== undefined} caption={`${symbol} order book`}>
      {(stop) => (
        <>
          <tbody>
            {rowsOf(asks)
              .toReversed()
              .map((level, row) => (
                <BookRow
                  // A row keeps its place and its focus while the prices move through it.
                  // biome-ignore lint/suspicious/noArrayIndexKey: see above
                  key={row}
                  level={level}
                  side={1}
                  share={level && level.sum / maxSum}
                  formatPrice={formatPrice}
                  row={row}
                  isTabStop={stop === row}
                  onPrice={onPrice}
                />
              ))}
          </tbody>
          <tbody>
            <tr className="spread">
              <td colSpan={3}>
                <span>{book ? spread : "Loading order book…"}</span>
                <label htmlFor={id} className="visually-hidden">
                  Group prices by
                </label>
                <select id={id} value={group} onChange={({ target }) => setGroup(Number(target.value))}>
                  {steps.map((size, index) => (
                    <option key={size} value={index}>
                      {formatPrice(size)}
                    </option>
                  ))}
                </select>
              </td>
            </tr>
          </tbody>
          <tbody>
            {rowsOf(bids).map((level, row) => (
              <BookRow
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                key={row}
                level={level}
                side={-1}
                share={level && level.sum / maxSum}
                formatPrice={formatPrice}
                row={ROWS + row}
                isTabStop={stop === ROWS + row}
                onPrice={onPrice}
              />
            ))}
          </tbody>
        </>
      )}
    </BookTable>
  );
}

/** Returns as many rows as a side has: its levels, then empty ones. */
function rowsOf(levels: readonly CumulativeLevel[]): readonly (CumulativeLevel | undefined)[] {
  return Array.from({ length: ROWS }, (_, index) => levels[index]);
}

interface BookTableProps {
  readonly caption: string;
  readonly isStale: boolean;
  /** Renders the rows. @param stop the number of the row in the tab order */
  readonly children: (stop: number) => ReactNode;
}

/** The table of the book. Its prices are one Tab stop, in which the arrow keys move. */
function BookTable({ caption, isStale, children }: BookTableProps) {
  const table = useRef<HTMLTableElement>(null);
  // The best bid.
  const [stop, setStop] = useState(ROWS);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLButtonElement)) return;
    const buttons = [...(table.current?.querySelectorAll<HTMLButtonElement>("button[data-row]") ?? [])];
    const at = buttons.indexOf(event.target);
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const next = buttons[targets[event.key] ?? -1];
    if (event.key in targets) event.preventDefault();
    if (next === undefined) return;
    setStop(Number(next.dataset.row));
    next.focus();
  };
  return (
    <table className={isStale ? "book stale" : "book"} ref={table} onKeyDown={onKeyDown}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Price</th>
          <th scope="col">Size</th>
          <th scope="col">Total</th>
        </tr>
      </thead>
      {children(stop)}
    </table>
  );
}

interface BookRowProps {
  readonly level: CumulativeLevel | undefined;
  /** The side of an order against the level. */
  readonly side: 1 | -1;
  /** The cumulative size as a part of the book's. */
  readonly share: number | undefined;
  /** Its number in the table, from the top. */
  readonly row: number;
  /** Whether it is the row in the tab order. */
  readonly isTabStop: boolean;
  readonly formatPrice: (price: number) => string;
  readonly onPrice: (price: number, side: 1 | -1) => void;
}

function BookRow({ level, side, share = 0, row, isTabStop, formatPrice, onPrice }: BookRowProps) {
  const className = side === 1 ? "ask" : "bid";
  if (level === undefined) {
    return (
      <tr className={className}>
        <td colSpan={3}>&nbsp;</td>
      </tr>
    );
  }
  const { price, qty, sum } = level;
  return (
    <tr className={className}>
      <td>
        <button
          type="button"
          data-row={row}
          tabIndex={isTabStop ? 0 : -1}
          aria-label={`Set limit price ${formatPrice(price)} to ${side === 1 ? "buy" : "sell"}`}
          onClick={() => onPrice(price, side)}
        >
          {formatPrice(price)}
        </button>
      </td>
      <td>{formatVolume(qty)}</td>
      <td style={{ "--share": `${share * 100}%` } as CSSProperties}>{formatVolume(sum)}</td>
    </tr>
  );
}
