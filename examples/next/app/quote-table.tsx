"use client";

import type { quotes, UpdateOf } from "@trading/topic/shapes";
import { useConnection, useQuotes } from "@trading/ws-client/react";

type Quote = UpdateOf<typeof quotes>;

/** The quotes that the server has rendered, until the stream has newer ones. */
export function QuoteTable({ initial }: { readonly initial: readonly Quote[] }) {
  const { bySymbol, error } = useQuotes({ fast_symbols: initial.map(({ n }) => n) });
  const { status } = useConnection();
  return (
    <>
      <output>{error?.message ?? status}</output>
      <table>
        <tbody>
          {initial.map((rendered) => {
            const quote = bySymbol.get(rendered.n) ?? rendered;
            return (
              <tr key={quote.n}>
                <th scope="row">{quote.n}</th>
                <td>{quote.s === "ok" ? quote.v.lp?.toFixed(2) : "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
