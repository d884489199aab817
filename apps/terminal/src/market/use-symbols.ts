import { startTransition, useEffect, useState } from "react";
import { useServices } from "../page/services.js";
import type { SymbolsState } from "./symbols.js";

/** Returns the server's symbols. */
export function useSymbols(): SymbolsState {
  const { symbols } = useServices();
  const [state, setState] = useState(symbols.state);
  useEffect(() => {
    // Not `useSyncExternalStore`, which renders all panels in one task, whereas a transition renders them in short slices.
    const update = () => startTransition(() => setState(symbols.state));
    update();
    return symbols.subscribe(update);
  }, [symbols]);
  return state;
}
