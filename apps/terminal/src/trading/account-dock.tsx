import type { Tick } from "../market/use-quotes.js";
import { Dock } from "../page/dock.js";
import { AccountSummary } from "./account-summary.js";
import { EquityCurve } from "./equity-curve.js";
import { ExecutionsTable } from "./executions-table.js";
import { OrdersTable } from "./orders-table.js";
import { PositionsTable } from "./positions-table.js";
import { useEquityPoints } from "./use-equity-points.js";

interface AccountDockProps {
  readonly account: string;
  /** The symbol of the chart. */
  readonly symbol: string;
  readonly ticks: ReadonlyMap<string, Tick>;
}

/** Everything of the account. */
export function AccountDock({ account, symbol, ticks }: AccountDockProps) {
  const equity = useEquityPoints(account);
  return (
    <Dock
      label="Account"
      className="account"
      tabs={[
        { name: "Positions", content: () => <PositionsTable account={account} ticks={ticks} /> },
        { name: "Orders", content: () => <OrdersTable account={account} /> },
        { name: "Executions", content: () => <ExecutionsTable key={symbol} account={account} symbol={symbol} /> },
        { name: "Equity", content: () => <EquityCurve {...equity} /> },
      ]}
    >
      <AccountSummary account={account} />
    </Dock>
  );
}
