import { useConnection } from "@trading/ws-client/react";
import type { DatafeedConfiguration, SearchSymbolResultItem } from "@trading/ws-client/rest";
import { useEffect, useState } from "react";
import { RESOLUTIONS } from "../chart/resolutions.js";
import { useDesk } from "../page/desk.js";
import type { SymbolInfo } from "./symbol-info.js";

/** The server's symbols; asked for at every connection, since another server may be there than before. */
export function useSymbols(): { symbols: readonly SymbolInfo[] | undefined; error: string | undefined } {
  const { rest } = useDesk();
  const { status } = useConnection();
  const [symbols, setSymbols] = useState<readonly SymbolInfo[]>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    if (status !== "connected") return;
    const aborter = new AbortController();
    const { signal } = aborter;
    Promise.all([rest.config(signal), rest.search({ query: "", exchange: "", type: "" }, signal)]).then(
      ([config, found]) => {
        setSymbols(found.map((item) => infoOf(item, config)));
        setError(undefined);
      },
      (failure: Error) => {
        if (!signal.aborted) setError(failure.message);
      },
    );
    return () => aborter.abort();
  }, [rest, status]);
  return { symbols, error };
}

/** The library calls a day `1D`, the wire `D`. */
function infoOf({ symbol, description, exchange }: SearchSymbolResultItem, config: DatafeedConfiguration): SymbolInfo {
  const supported = new Set(config.supported_resolutions?.map((name) => name.replace(/^1(?=[DWM]$)/, "")));
  return {
    symbol,
    description,
    exchange,
    resolutions: RESOLUTIONS.map(({ id }) => id).filter((id) => supported.has(id)),
  };
}
