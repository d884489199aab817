import { useEffect, useState } from "react";
import { useDesk } from "../page/desk.js";

/** By what a symbol's prices and quantities go. */
export interface Steps {
  readonly price: number;
  readonly qty: number;
}

const UNKNOWN: Steps = { price: 0.01, qty: 1 };

/** A symbol's steps; until the server has told them, those of a share. */
export function useSteps(symbol: string): Steps {
  const { rest } = useDesk();
  const [known, setKnown] = useState<{ readonly symbol: string; readonly steps: Steps }>();
  useEffect(() => {
    const aborter = new AbortController();
    rest.resolve(symbol, aborter.signal).then(
      ({ minmov, pricescale, volume_precision = 0 }) =>
        setKnown({ symbol, steps: { price: minmov / pricescale, qty: 10 ** -volume_precision } }),
      // The ticket's own request will say what is wrong with the symbol.
      () => {},
    );
    return () => aborter.abort();
  }, [rest, symbol]);
  return known?.symbol === symbol ? known.steps : UNKNOWN;
}
