import { useAccount, useEquity } from "@trading/ws-client/react";
import { formatChange, formatMoney, trendOf } from "../format.js";

/** What the account is worth and may still risk, in one line. */
export function AccountSummary({ account }: { readonly account: string }) {
  const { value: state, error } = useAccount({ accountId: account });
  const { value: worth } = useEquity({ accountId: account });
  if (error) return <p className="panel-note">{error.message}</p>;
  if (!state) return <p className="panel-note">Loading the account…</p>;
  const unrealized = worth?.unrealizedPL ?? 0;
  const figures = {
    Equity: formatMoney(worth?.equity ?? state.equity),
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
        <dt>Open profit</dt>
        <dd className={trendOf(unrealized)}>{formatChange(unrealized)}</dd>
      </div>
    </dl>
  );
}
