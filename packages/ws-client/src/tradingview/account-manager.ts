import type { AccountFigures } from "./account-figures.js";
import type { AccountManagerColumn, AccountManagerInfo, Foreign } from "./broker-types.js";

/** Builds the account manager's tables and figures from the members that the routes have. */
export function accountManager(
  accountTitle: string,
  { balance, equity }: Pick<AccountFigures, "balance" | "equity">,
): AccountManagerInfo {
  const money = "fixed" as Foreign;
  const orderColumns = [
    { ...column("symbol", "Symbol", "symbol"), dataFields: ["symbol", "symbol"] },
    column("side", "Side", "side"),
    column("type", "Type", "type"),
    column("qty", "Qty", "formatQuantity"),
    column("filledQty", "Filled", "formatQuantity"),
    column("limitPrice", "Limit price", "formatPrice"),
    column("stopPrice", "Stop price", "formatPrice"),
    column("avgPrice", "Average price", "formatPriceForexSup"),
    column("status", "Status", "status"),
    column("id", "Order id", "text"),
  ];
  return {
    accountTitle,
    summary: [
      { text: "Balance", wValue: balance as Foreign, formatter: money, isDefault: true },
      { text: "Equity", wValue: equity as Foreign, formatter: money, isDefault: true },
    ],
    orderColumns,
    historyColumns: orderColumns,
    positionColumns: [
      { ...column("symbol", "Symbol", "symbol"), dataFields: ["symbol", "symbol"] },
      column("side", "Side", "positionSide"),
      column("qty", "Qty", "formatQuantity"),
      column("avgPrice", "Average price", "formatPrice"),
    ],
    pages: [],
  };
}

function column(id: string, label: string, formatter: string): AccountManagerColumn {
  return { id, label, dataFields: [id], formatter: formatter as Foreign };
}
