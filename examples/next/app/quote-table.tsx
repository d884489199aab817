"use client";

import { useConnection, useQuotes } from "@trading/ws-client/react";

/** Renders the prefetched quotes on the server and while hydrating, and then those of the stream. */
export function QuoteTable({ symbols }: { readonly symbols: readonly string[] }) {
  const { bySymbol, error } = useQuotes({ fast_symbols: symbols });
  const { status } = useConnection();
  return (
    <>
      <output>{error?.message ?? status}</output>
      <table>
        <tbody>
          {symbols.map((symbol) => {
            const quote = bySymbol.get(symbol);
            return (
              <tr key={symbol}>
                <th scope="row">{symbol}</th>
                <td>{quote?.s === "ok" ? quote.v.lp?.toFixed(2) : "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
