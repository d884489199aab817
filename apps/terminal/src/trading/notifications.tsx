import { notifications } from "@trading/topic/shapes";
import { useTopicEvents } from "@trading/ws-client/react";
import { useEffect, useState } from "react";

const SHOWN_MS = 7_000;
const AT_ONCE = 4;

interface Shown {
  readonly id: string;
  readonly severity: "info" | "success" | "warning" | "error";
  readonly title: string;
  readonly message: string;
}

/** Fills and rejections, as they happen: each for a while, or until it is put away. */
export function Notifications({ account }: { readonly account: string }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  useTopicEvents(
    notifications,
    { accountId: account },
    (notification) => setShown((before) => [...before, notification].slice(-AT_ONCE)),
    // What was missed is in the tables.
    { onGap: () => {} },
  );
  const leave = (left: Shown) => setShown((before) => before.filter(({ id }) => id !== left.id));
  return (
    <div className="notifications" role="status">
      {shown.map((notification) => (
        <NotificationCard key={notification.id} {...notification} onLeave={() => leave(notification)} />
      ))}
    </div>
  );
}

function NotificationCard({ severity, title, message, onLeave }: Shown & { readonly onLeave: () => void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: from when it appears
  useEffect(() => {
    const timer = setTimeout(onLeave, SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={`notification ${severity}`}>
      <strong>{title}</strong>
      <p>{message}</p>
      <button type="button" aria-label={`Put away: ${title}`} onClick={onLeave}>
        ×
      </button>
    </div>
  );
}
