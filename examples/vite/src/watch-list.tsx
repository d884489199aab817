import { useQuotes } from "@trading/ws-client/react";

interface WatchListProps {
  readonly symbols: readonly string[];
  readonly selected: string;
  readonly onSelect: (symbol: string) => void;
}

/** The last price of each symbol, and a button that selects it. */
export function WatchList({ symbols, selected, onSelect }: WatchListProps) {
  const { bySymbol, error } = useQuotes({ fast_symbols: [...symbols] });
  return (
    <nav aria-label="Watch list">
      {error && <p role="alert">{error.message}</p>}
      {symbols.map((symbol) => {
        const quote = bySymbol.get(symbol);
        const price = quote?.s === "ok" ? quote.v.lp : undefined;
        return (
          <button key={symbol} type="button" aria-pressed={symbol === selected} onClick={() => onSelect(symbol)}>
            <span>{symbol}</span>
            <span>{price?.toFixed(2) ?? "–"}</span>
          </button>
        );
      })}
    </nav>
  );
}
