import { useNotifications } from "@trading/ws-client/react";
import { useEffect, useState } from "react";

const VISIBLE_MS = 7_000;
const MAX_VISIBLE = 4;

/** Shows each fill and rejection until it is dismissed or expires. Missed ones are visible in the tables. */
export function Notifications({ account }: { readonly account: string }) {
  const { items } = useNotifications({ accountId: account }, { last: MAX_VISIBLE });
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  return (
    <div role="status">
      {items
        .filter(({ id }) => !dismissed.has(id))
        .map((notification) => (
          <NotificationCard
            key={notification.id}
            {...notification}
            onDismiss={() => setDismissed((before) => new Set(before).add(notification.id))}
          />
        ))}
    </div>
  );
}

interface NotificationCardProps {
  readonly severity: "info" | "success" | "warning" | "error";
  readonly title: string;
  readonly message: string;
  readonly onDismiss: () => void;
}

function NotificationCard({ severity, title, message, onDismiss }: NotificationCardProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time starts when the card appears
  useEffect(() => {
    const timer = setTimeout(onDismiss, VISIBLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={`notification ${severity}`}>
      <strong>{title}</strong>
      <p>{message}</p>
      <button type="button" aria-label={`Dismiss: ${title}`} onClick={onDismiss}>
        ×
      </button>
    </div>
  );
}
