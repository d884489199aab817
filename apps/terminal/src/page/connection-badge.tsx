import { useConnection } from "@trading/ws-client/react";

const LABELS = { connecting: "Connecting", connected: "Live", closed: "Closed" };

/** The connection's state; its reason in full while it is not simply connected. */
export function ConnectionBadge() {
  const { status, reason } = useConnection();
  return (
    <p className={`connection ${status}`} role="status" title={reason}>
      <span className="dot" aria-hidden="true" />
      <strong>{LABELS[status]}</strong>
      <span className={status === "connected" ? "reason visually-hidden" : "reason"}>{reason}</span>
    </p>
  );
}
