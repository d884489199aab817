import { useEffect, useSyncExternalStore } from "react";
import type { QuotesBySymbol } from "../market/quotes.js";
import { useServices } from "../page/services.js";
import { alertText } from "./alert-text.js";
import type { PriceAlert } from "./price-alert.js";
import { notifySystem } from "./system-notifications.js";

/** Returns all price alerts. */
export function usePriceAlerts(): readonly PriceAlert[] {
  const { alerts } = useServices();
  return useSyncExternalStore(alerts.subscribe, () => alerts.all);
}

/** Fires price alerts. @param isLive whether the quotes are current */
export function useAlertWatch(quotes: QuotesBySymbol, isLive: boolean): void {
  const { alerts, instruments } = useServices();
  const all = usePriceAlerts();
  useEffect(() => alerts.followOtherTabs(window), [alerts]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new alert is checked too
  useEffect(() => {
    for (const alert of alerts.check(quotes, isLive)) {
      const instrument = instruments.get(alert.symbol);
      const last = instrument.formatPrice(alert.fired?.price ?? alert.price);
      notifySystem(alert.id, alertText(alert, instrument), `The last price is ${last}.`);
    }
  }, [alerts, instruments, quotes, isLive, all]);
}
