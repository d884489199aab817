import { useEffect, useState } from "react";
import { useServices } from "../page/services.js";

/** The smallest increments of a symbol's price and quantity. */
export interface Increments {
  readonly price: number;
  readonly qty: number;
}

const DEFAULT: Increments = { price: 0.01, qty: 1 };

/** Returns a symbol's increments; the usual ones of a stock until the server has replied. */
export function useIncrements(symbol: string): Increments {
  const { rest } = useServices();
  const [loaded, setLoaded] = useState<{ readonly symbol: string; readonly increments: Increments }>();
  useEffect(() => {
    const aborter = new AbortController();
    rest.resolve(symbol, aborter.signal).then(
      ({ minmov, pricescale, volume_precision = 0 }) =>
        setLoaded({ symbol, increments: { price: minmov / pricescale, qty: 10 ** -volume_precision } }),
      // Not reported here: a request of the order ticket reports the problem with the symbol.
      () => {},
    );
    return () => aborter.abort();
  }, [rest, symbol]);
  return loaded?.symbol === symbol ? loaded.increments : DEFAULT;
}
