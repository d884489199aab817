/** A topic of a route of PROTOCOL.md, with the params that select it. */
export interface TestTopic {
  readonly route: string;
  readonly params: object;
  readonly topic: string;
}

// The topics are written out rather than built, so that a fault of the builder cannot hide in them. Names are plain letters
// and digits.

export function barsOf(symbol: string, resolution = "1"): TestTopic {
  return {
    route: "bars",
    params: { symbol, resolution },
    topic: `bars:{"resolution":"${resolution}","symbol":"${symbol}"}`,
  };
}

export function quotesOf(...symbols: readonly string[]): TestTopic {
  const list = symbols.map((symbol) => `"${symbol}"`).join(",");
  return {
    route: "quotes",
    params: { symbols, fast_symbols: [] },
    topic: `quotes:{"fast_symbols":[],"symbols":[${list}]}`,
  };
}

export function tradesOf(symbol: string): TestTopic {
  return { route: "trades", params: { symbol }, topic: `trades:{"symbol":"${symbol}"}` };
}

export function ordersOf(accountId: string): TestTopic {
  return { route: "orders", params: { accountId }, topic: `orders:{"accountId":"${accountId}"}` };
}

export function executionsOf(accountId: string, symbol: string | null): TestTopic {
  return {
    route: "executions",
    params: { accountId, symbol },
    topic: `executions:{"accountId":"${accountId}","symbol":"${symbol ?? ""}"}`,
  };
}

/** A bar whose key is its time. */
export function bar(time: number, close = 150.5): object {
  return { time, open: 150, high: 151, low: 149.5, close, volume: 1_000_000 };
}

/** A quote, whose key is the symbol, with a text by which a scenario recognizes it. */
export function quote(symbol: string, description: string) {
  const prices = { lp: 150.5, ask: 150.75, bid: 150.25, spread: 0.5, open_price: 149.5, high_price: 151.5 };
  const change = { low_price: 148.5, prev_close_price: 149.25, volume: 1000.5, ch: 1.25, chp: 0.5 };
  const names = { short_name: symbol, exchange: "TEST", description, original_name: symbol };
  return { s: "ok", n: symbol, v: { ...prices, ...change, ...names } };
}

export function trade(number: number): object {
  return { id: `t${number}`, time: 1_697_097_600_000 + number, price: 150.25, qty: 2, side: 1 };
}

export function order(id: string, qty = 10): object {
  return { id, symbol: "AAPL", type: 1, side: 1, qty, status: 6, limitPrice: 150 };
}
