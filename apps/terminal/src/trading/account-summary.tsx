import { useAccount, useEquity } from "@trading/ws-client/react";
import { formatChange, formatMoney, trendOf } from "../format.js";

/** Shows equity, balance and margin of the account in one line. */
export function AccountSummary({ account }: { readonly account: string }) {
  const { value: state, error } = useAccount({ accountId: account });
  const { value: equity } = useEquity({ accountId: account });
  if (error) return <p className="panel-note">{error.message}</p>;
  if (!state) return <p className="panel-note">Loading account…</p>;
  const unrealized = equity?.unrealizedPL ?? 0;
  const figures = {
    Equity: formatMoney(equity?.equity ?? state.equity),
    Balance: formatMoney(state.balance),
    "Margin used": formatMoney(state.marginUsed),
    Available: formatMoney(state.marginAvailable),
    Leverage: `${state.leverage}:1`,
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
        <dd className={trendOf(unrealized)}>{formatChange(unrealized)}</dd>
      </div>
    </dl>
  );
}
