import { useEffect, useSyncExternalStore } from "react";
import { useServices } from "../page/services.js";
import type { Instrument } from "./instrument.js";

/** Loads the instruments of symbols, and returns a function that looks them up. */
export function useInstruments(symbols: readonly string[]): (symbol: string) => Instrument {
  const { instruments } = useServices();
  useSyncExternalStore(instruments.subscribe, () => instruments.version);
  useEffect(() => {
    for (const symbol of symbols) instruments.load(symbol);
  });
  return (symbol) => instruments.get(symbol);
}

/** Loads an instrument, and returns it. */
export function useInstrument(symbol: string): Instrument {
  return useInstruments([symbol])(symbol);
}
