import type { Client } from "../client.js";
import type { BrokerHost } from "./broker-types.js";
import { subscribeQuote } from "./subscribe-quote.js";

/** Sends the quotes of symbols to order tickets. */
export class TicketQuotes {
  readonly #client: Client;
  readonly #host: Pick<BrokerHost, "realtimeUpdate">;
  readonly #onError: (error: unknown) => void;
  readonly #stops = new Map<string, () => void>();

  constructor(client: Client, host: Pick<BrokerHost, "realtimeUpdate">, onError: (error: unknown) => void) {
    this.#client = client;
    this.#host = host;
    this.#onError = onError;
  }

  subscribe(symbol: string): void {
    this.unsubscribe(symbol);
    const stop = subscribeQuote(
      this.#client,
      symbol,
      ({ s, v }) => {
        if (s !== "ok") return;
        this.#host.realtimeUpdate(symbol, { trade: v.lp, bid: v.bid, ask: v.ask, spread: v.spread });
      },
      this.#onError,
    );
    this.#stops.set(symbol, stop);
  }

  unsubscribe(symbol: string): void {
    this.#stops.get(symbol)?.();
    this.#stops.delete(symbol);
  }

  destroy(): void {
    for (const symbol of this.#stops.keys()) this.unsubscribe(symbol);
  }
}
