import type { ReactNode } from "react";
import type { MarketStatus } from "../market/market-status.js";
import { AccountMenu } from "./account-menu.js";
import { ConnectionBadge } from "./connection-badge.js";

interface TopBarProps {
  /** The status of the selected symbol's prices; undefined without one. */
  readonly market?: MarketStatus;
  /** Opens the settings. @default none, and the bar has no button for them */
  readonly onSettings?: () => void;
  readonly children?: ReactNode;
}

export function TopBar({ market, onSettings, children }: TopBarProps) {
  return (
    <header className="top-bar">
      <svg className="logo" viewBox="0 0 16 16" aria-hidden="true">
        <rect width="16" height="16" rx="4" />
        <path d="M5 3v10M11 3v10" />
        <path d="M3.5 6h3v5h-3zM9.5 4.5h3v4h-3z" />
      </svg>
      <h1>Trading Streams</h1>
      {children}
      <AccountMenu />
      {onSettings && (
        <button type="button" className="settings-button" aria-label="Settings and keys" onClick={onSettings}>
          ⚙
        </button>
      )}
      <ConnectionBadge market={market} />
    </header>
  );
}
