import { useConnection } from "@trading/ws-client/react";
import { useEffect, useState } from "react";
import { fetchSymbols, type SymbolInfo } from "../datafeed.js";

/** The server's symbols; asked for at every connection, since another server may be there than before. */
export function useSymbols(): { symbols: readonly SymbolInfo[] | undefined; error: string | undefined } {
  const { status } = useConnection();
  const [symbols, setSymbols] = useState<readonly SymbolInfo[]>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    if (status !== "connected") return;
    const aborter = new AbortController();
    fetchSymbols(aborter.signal).then(
      (found) => {
        setSymbols(found);
        setError(undefined);
      },
      (failure: Error) => {
        if (!aborter.signal.aborted) setError(failure.message);
      },
    );
    return () => aborter.abort();
  }, [status]);
  return { symbols, error };
}
