import type { Instrument } from "../market/instrument.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { alertText } from "./alert-text.js";
import type { PriceAlert } from "./price-alert.js";

interface AlertListProps {
  readonly alerts: readonly PriceAlert[];
  readonly instrumentOf: (symbol: string) => Instrument;
  readonly onRemove: (id: string) => void;
}

/** Lists price alerts: waiting ones, then fired ones, newest first. */
export function AlertList({ alerts, instrumentOf, onRemove }: AlertListProps) {
  const zone = useTimeZone();
  if (alerts.length === 0) return <p className="hint">No alerts yet.</p>;
  const newestFirst = alerts.toReversed();
  const sorted = [...newestFirst.filter(({ fired }) => !fired), ...newestFirst.filter(({ fired }) => fired)];
  return (
    <ul className="alert-list" aria-label="Alerts">
      {sorted.map((alert) => {
        const text = alertText(alert, instrumentOf(alert.symbol));
        return (
          <li key={alert.id}>
            <span>
              {text}
              <small>{alert.fired ? `Fired at ${zone.formatTime(alert.fired.at)} ${zone.name}` : "Waiting"}</small>
            </span>
            <button type="button" aria-label={`Delete: ${text}`} onClick={() => onRemove(alert.id)}>
              Delete
            </button>
          </li>
        );
      })}
    </ul>
  );
}
