import { useConnection } from "@trading/ws-client/react";
import type { MarketStatus } from "../market/market-status.js";
import { useResumeSummary } from "./use-resume-summary.js";

const LABELS = {
  connecting: "Connecting",
  connected: "Connected",
  disconnected: "Disconnected",
  closed: "Disconnected",
};

/**
 * Shows the connection's status, its reason while disconnected, and a summary after a reconnect. While connected, the status of the
 * selected symbol's prices: a connection alone does not make them current.
 */
export function ConnectionBadge({ market }: { readonly market: MarketStatus | undefined }) {
  const { status, reason } = useConnection();
  const summary = useResumeSummary();
  const isConnected = status === "connected";
  const shown = isConnected ? market : undefined;
  const detail = isConnected ? (summary ?? shown?.detail ?? reason) : reason;
  const isVisible = !isConnected || summary !== undefined || shown?.kind === "refused";
  return (
    <p className={`connection ${status} ${shown ? `market-${shown.kind}` : ""}`} role="status" title={detail}>
      <span className="dot" aria-hidden="true" />
      <strong>{shown?.label ?? LABELS[status]}</strong>
      <span className={isVisible ? "reason" : "reason visually-hidden"}>{detail}</span>
    </p>
  );
}
