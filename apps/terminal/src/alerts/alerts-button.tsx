import { BellIcon } from "../page/bell-icon.js";
import { usePriceAlerts } from "./use-price-alerts.js";

/** Opens the price alerts, and shows how many are waiting. */
export function AlertsButton({ onOpen }: { readonly onOpen: () => void }) {
  const waiting = usePriceAlerts().filter(({ fired }) => !fired).length;
  const label = waiting === 0 ? "Price alerts" : `Price alerts, ${waiting} waiting`;
  return (
    <button
      type="button"
      className="alerts-button"
      data-hotkey="alerts"
      aria-label={label}
      title={label}
      onClick={() => onOpen()}
    >
      <BellIcon />
      {waiting > 0 && <span>{waiting}</span>}
    </button>
  );
}
