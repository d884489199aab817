import type { Bar, QuoteData } from "@trading/topic";
import { lazy, memo, type RefObject, Suspense, useCallback, useMemo, useRef } from "react";
import { AlertsButton } from "../alerts/alerts-button.js";
import { useAlertLines } from "../alerts/use-alert-lines.js";
import { downloadCsv } from "../csv.js";
import { QuoteHeader } from "../market/quote-header.js";
import { quoteValues } from "../market/quotes.js";
import type { SymbolInfo } from "../market/symbol-info.js";
import { TimeZoneSwitch } from "../page/time-zone-provider.js";
import { useStored } from "../page/use-stored.js";
import { useOrderMove } from "../trading/use-order-move.js";
import { usePriceLines } from "../trading/use-price-lines.js";
import { barsCsv, barsFileName } from "./bars-csv.js";
import { DEFAULT_STYLE, styleOf } from "./chart-style.js";
import { ChartTools } from "./chart-tools.js";
import { ResolutionSwitch } from "./resolution-switch.js";
import type { Resolution } from "./resolutions.js";

// The chart library is a third of the page's code. It loads at the same time as the first data, so that it delays nothing else.
const chartPanel = import("./chart-panel.js");
const OrderMoveDialog = lazy(async () => ({
  default: (await import("../trading/order-move-dialog.js")).OrderMoveDialog,
}));
const ChartPanel = lazy(async () => ({ default: (await chartPanel).ChartPanel }));

interface MarketPanelProps {
  readonly info: SymbolInfo;
  readonly quote: QuoteData | undefined;
  /** The account whose orders and positions are drawn; undefined draws none. */
  readonly account: string | undefined;
  readonly resolution: Resolution;
  readonly onResolution: (resolution: Resolution) => void;
  /** Opens the price alerts. @param price of a new alert @default the last price */
  readonly onAlert: (price?: number) => void;
}

/** Shows the quote and the chart of a symbol, with the account's orders and positions. */
export function MarketPanel({ quote, ...props }: MarketPanelProps) {
  const { info } = props;
  const last = useRef<number>(undefined);
  last.current = quoteValues(quote)?.lp;
  const lastOf = useCallback(() => last.current, []);
  const panel = useRef<HTMLElement>(null);
  return (
    <section className="panel market" ref={panel} aria-label={`${info.symbol} chart`}>
      <QuoteHeader info={info} quote={quote} />
      <ChartArea {...props} panel={panel} lastOf={lastOf} />
    </section>
  );
}

interface ChartAreaProps extends Omit<MarketPanelProps, "quote"> {
  readonly panel: RefObject<HTMLElement | null>;
  /** Returns the last price. A function, so that a new quote does not render the chart and its tools. */
  readonly lastOf: () => number | undefined;
}

const ChartArea = memo(function ChartArea(props: ChartAreaProps) {
  const { info, account, resolution, onResolution, onAlert, panel, lastOf } = props;
  const { move, start, refuse, end } = useOrderMove();
  const orderLines = usePriceLines(account, info.symbol, move, start);
  const alertLines = useAlertLines(info.symbol, lastOf);
  const priceLines = useMemo(() => [...orderLines, ...alertLines], [orderLines, alertLines]);
  const [style, setStyle] = useStored("trading-chart", styleOf, DEFAULT_STYLE);
  const shown = useRef<readonly Bar[]>([]);
  const download = () => downloadCsv(barsFileName(info.symbol, resolution), barsCsv(shown.current));
  return (
    <>
      <div className="chart-bar">
        <ResolutionSwitch value={resolution} available={info.resolutions} onChange={onResolution} />
        <AlertsButton onOpen={onAlert} />
        <ChartTools style={style} onStyle={setStyle} panel={panel} onDownload={download} />
        <TimeZoneSwitch />
      </div>
      <Suspense fallback={<div className="chart" />}>
        <ChartPanel
          info={info}
          resolution={resolution}
          priceLines={priceLines}
          style={style}
          shown={shown}
          onResolution={onResolution}
          onAlert={onAlert}
        />
      </Suspense>
      {account !== undefined && move && (
        <Suspense>
          <OrderMoveDialog account={account} move={move} onRefused={refuse} onClose={end} />
        </Suspense>
      )}
    </>
  );
});
