import type { AccountManagerColumn, AccountManagerInfo, Foreign } from "./broker-types.js";

/** An observable value that the library displays. */
interface WatchedValue {
  setValue(value: number): void;
}

/** The account's figures in the account manager. */
export interface AccountFigures {
  readonly balance: WatchedValue;
  readonly equity: WatchedValue;
}

/** Builds the account manager's tables and figures from the members that the routes have. */
export function accountManager(accountTitle: string, { balance, equity }: AccountFigures): AccountManagerInfo {
  const money = "fixed" as Foreign;
  return {
    accountTitle,
    summary: [
      { text: "Balance", wValue: balance as Foreign, formatter: money, isDefault: true },
      { text: "Equity", wValue: equity as Foreign, formatter: money, isDefault: true },
    ],
    orderColumns: [
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
    ],
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
