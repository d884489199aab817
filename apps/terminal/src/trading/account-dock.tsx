import { memo } from "react";
import { Dock } from "../page/dock.js";
import { AccountSummary } from "./account-summary.js";
import { EquityCurve } from "./equity-curve.js";
import { ExecutionsTable } from "./executions-table.js";
import { OrdersTable } from "./orders-table.js";
import { PositionsTable } from "./positions-table.js";
import { useEquityHistory } from "./use-equity-history.js";

interface AccountDockProps {
  readonly account: string;
  /** The symbol whose executions are listed. */
  readonly symbol: string;
}

/** Shows positions, orders, executions and equity of the account. */
export const AccountDock = memo(function AccountDock({ account, symbol }: AccountDockProps) {
  const equity = useEquityHistory(account);
  return (
    <Dock
      label="Account"
      className="account"
      id="panel-account"
      tabs={[
        { name: "Positions", content: () => <PositionsTable account={account} /> },
        { name: "Orders", content: () => <OrdersTable account={account} /> },
        { name: "Executions", content: () => <ExecutionsTable key={symbol} account={account} symbol={symbol} /> },
        { name: "Equity", content: () => <EquityCurve {...equity} /> },
      ]}
    >
      <AccountSummary account={account} />
    </Dock>
  );
});
