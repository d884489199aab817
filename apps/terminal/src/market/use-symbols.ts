import { useConnection } from "@trading/ws-client/react";
import type { DatafeedConfiguration, SearchSymbolResultItem } from "@trading/ws-client/rest";
import { startTransition, useEffect, useState } from "react";
import { RESOLUTIONS } from "../chart/resolutions.js";
import { useServices } from "../page/services.js";
import type { SymbolInfo } from "./symbol-info.js";

/** Returns the server's symbols. They are reloaded on every connection, because the server may have changed. */
export function useSymbols(): { symbols: readonly SymbolInfo[] | undefined; error: string | undefined } {
  const { rest, instruments } = useServices();
  const { status } = useConnection();
  const [symbols, setSymbols] = useState<readonly SymbolInfo[]>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    if (status !== "connected") return;
    const aborter = new AbortController();
    const { signal } = aborter;
    Promise.all([rest.config(signal), rest.search({ query: "", exchange: "", type: "" }, signal)]).then(
      ([config, results]) => {
        // In short slices, because all panels render with the first symbols.
        startTransition(() => {
          setSymbols(results.map((item) => symbolInfo(item, config)));
          setError(undefined);
        });
        instruments.reload();
      },
      (failure: Error) => {
        if (!signal.aborted) setError(failure.message);
      },
    );
    return () => aborter.abort();
  }, [rest, instruments, status]);
  return { symbols, error };
}

/** Converts a search result. The charting library's resolution `1D` is `D` in the protocol. */
function symbolInfo(
  { symbol, description, exchange }: SearchSymbolResultItem,
  config: DatafeedConfiguration,
): SymbolInfo {
  const supported = new Set(config.supported_resolutions?.map((name) => name.replace(/^1(?=[DWM]$)/, "")));
  return {
    symbol,
    description,
    exchange,
    resolutions: RESOLUTIONS.map(({ id }) => id).filter((id) => supported.has(id)),
  };
}
