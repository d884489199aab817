import { useConnection } from "@trading/ws-client/react";
import { useState } from "react";
import { Chart } from "./chart";
import { WatchList } from "./watch-list";

const SYMBOLS = ["AAPL", "GOOGL", "MSFT"];

export function App() {
  const [symbol, setSymbol] = useState("AAPL");
  const { status, reason } = useConnection();
  return (
    <main>
      <header>
        <h1>{symbol}</h1>
        <output title={reason}>{status}</output>
      </header>
      {/* The key gives each symbol its own chart, without bars of the one before. */}
      <Chart key={symbol} symbol={symbol} />
      <WatchList symbols={SYMBOLS} selected={symbol} onSelect={setSymbol} />
    </main>
  );
}
