import { useInstruments } from "../market/use-instruments.js";
import { useServices } from "../page/services.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { alertText } from "./alert-text.js";
import { usePriceAlerts } from "./use-price-alerts.js";

const MAX_VISIBLE = 3;

/** Shows each fired alert until it is dismissed, and reads it to users of screen readers. */
export function AlertNotices() {
  const { alerts } = useServices();
  const unseen = usePriceAlerts().filter(({ fired }) => fired?.isSeen === false);
  const instrumentOf = useInstruments(unseen.map(({ symbol }) => symbol));
  const zone = useTimeZone();
  return (
    <div role="status" aria-label="Price alerts">
      {unseen.slice(-MAX_VISIBLE).map((alert) => {
        const instrument = instrumentOf(alert.symbol);
        const title = alertText(alert, instrument);
        return (
          <div key={alert.id} className="notification warning">
            <strong>{title}</strong>
            {alert.fired && (
              <p>
                The last price was {instrument.formatPrice(alert.fired.price)} at {zone.formatTime(alert.fired.at)}{" "}
                {zone.name}.
              </p>
            )}
            <button type="button" aria-label={`Dismiss: ${title}`} onClick={() => alerts.dismiss(alert.id)}>
              ×
            </button>
          </div>
        );
      })}
    </div>
  );
}
