import { useConnection } from "@trading/ws-client/react";
import { useResume } from "./use-resume.js";

const LABELS = { connecting: "Connecting", connected: "Live", closed: "Closed" };

/** The connection's state; its reason in full while it is not simply connected, and what came back with it. */
export function ConnectionBadge() {
  const { status, reason } = useConnection();
  const resumed = useResume();
  const isShown = status !== "connected" || resumed !== undefined;
  return (
    <p className={`connection ${status}`} role="status" title={reason}>
      <span className="dot" aria-hidden="true" />
      <strong>{LABELS[status]}</strong>
      <span className={isShown ? "reason" : "reason visually-hidden"}>
        {status === "connected" ? (resumed ?? reason) : reason}
      </span>
    </p>
  );
}
