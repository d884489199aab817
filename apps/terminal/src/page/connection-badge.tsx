import { useConnection } from "@trading/ws-client/react";
import { useResumeSummary } from "./use-resume-summary.js";

const LABELS = { connecting: "Connecting", connected: "Live", disconnected: "Disconnected", closed: "Disconnected" };

/** Shows the connection's status, its reason while disconnected, and a summary after a reconnect. */
export function ConnectionBadge() {
  const { status, reason } = useConnection();
  const summary = useResumeSummary();
  const isVisible = status !== "connected" || summary !== undefined;
  return (
    <p className={`connection ${status}`} role="status" title={reason}>
      <span className="dot" aria-hidden="true" />
      <strong>{LABELS[status]}</strong>
      <span className={isVisible ? "reason" : "reason visually-hidden"}>
        {status === "connected" ? (summary ?? reason) : reason}
      </span>
    </p>
  );
}
