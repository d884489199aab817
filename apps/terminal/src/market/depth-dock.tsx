import { lazy, memo, Suspense } from "react";
import { Dock } from "../page/dock.js";
import { OrderBook } from "./order-book.js";
import { TradeTape } from "./trade-tape.js";
import { useTape } from "./use-tape.js";

const DepthChart = lazy(async () => ({ default: (await import("./depth-chart.js")).DepthChart }));

/** Maximum number of trades on the tape. */
const MAX_TRADES = 40;

interface DepthDockProps {
  readonly symbol: string;
  /** Called with a selected price and the side of an order against it. */
  readonly onPrice: (price: number, side: 1 | -1) => void;
}

/** Shows the order book, its depth or the trades of a symbol. */
export const DepthDock = memo(function DepthDock({ symbol, onPrice }: DepthDockProps) {
  // Subscribed while the book is shown, so that the tape is full when it is selected.
  const trades = useTape(symbol, MAX_TRADES);
  return (
    <Dock
      label="Market depth"
      className="depth"
      tabs={[
        { name: "Book", content: () => <OrderBook key={symbol} symbol={symbol} onPrice={onPrice} /> },
        {
          name: "Depth",
          content: () => (
            <Suspense>
              <DepthChart key={symbol} symbol={symbol} onPrice={onPrice} />
            </Suspense>
          ),
        },
        { name: "Trades", content: () => <TradeTape symbol={symbol} trades={trades} /> },
      ]}
    />
  );
});
