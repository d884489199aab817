import { useAccount, useEquity } from "@trading/ws-client/react";
import { formatChange, formatMoney, trendOf } from "../format.js";

/** Shows equity, balance and margin of the account in one line. */
export function AccountSummary({ account }: { readonly account: string }) {
  const { value: state, error } = useAccount({ accountId: account });
  const { value: equity } = useEquity({ accountId: account });
  if (error) return <p className="panel-note">{error.message}</p>;
  const unrealized = equity?.unrealizedPL ?? 0;
  // Each has its place before the account is loaded, so that the tables below do not move.
  const figures = {
    Equity: money(equity?.equity ?? state?.equity),
    Balance: money(state?.balance),
    "Margin used": money(state?.marginUsed),
    Available: money(state?.marginAvailable),
    Leverage: state ? `${state.leverage}:1` : "–",
  };
  return (
    <dl className="account-summary">
      {Object.entries(figures).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>Unrealized P&L</dt>
        <dd className={trendOf(unrealized)}>{state ? formatChange(unrealized) : "–"}</dd>
      </div>
    </dl>
  );
}

function money(value: number | undefined): string {
  return value === undefined ? "–" : formatMoney(value);
}
