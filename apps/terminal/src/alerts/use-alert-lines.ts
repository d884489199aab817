import { useMemo } from "react";
import type { PriceLine } from "../chart/chart-view.js";
import { useServices } from "../page/services.js";
import { usePriceAlerts } from "./use-price-alerts.js";

/** Returns the waiting alerts of a symbol as lines on the chart, which can be moved if there is a last price. */
export function useAlertLines(symbol: string, lastOf: () => number | undefined): readonly PriceLine[] {
  const { alerts } = useServices();
  const all = usePriceAlerts();
  return useMemo(
    () =>
      all
        .filter((alert) => alert.symbol === symbol && !alert.fired)
        .map(({ id, price, condition }): PriceLine => {
          const onMove = (next: number) => {
            const last = lastOf();
            if (last !== undefined) alerts.move(id, next, last);
          };
          return { id: `alert ${id}`, price, title: `Alert ${condition}`, color: "warn", kind: "alert", onMove };
        }),
    [alerts, all, symbol, lastOf],
  );
}
