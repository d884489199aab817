import type { OrderBook } from "@trading/topic";
import { orderbook } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { DepthCallback, DepthLevel } from "./datafeed-types.js";
import { startInMicrotask } from "./start-in-microtask.js";

export interface DepthFeedOptions {
  /** Number of price levels on each side. */
  readonly depth: number;
  readonly onError: (error: unknown) => void;
}

/** The order book subscriptions of the library's depth of market, by the id that it unsubscribes with. */
export class DepthFeed {
  readonly #client: Client;
  readonly #options: DepthFeedOptions;
  readonly #stops = new Map<string, () => void>();
  #lastId = 0;

  constructor(client: Client, options: DepthFeedOptions) {
    this.#client = client;
    this.#options = options;
  }

  subscribe(symbol: string, onDepth: DepthCallback): string {
    const { depth, onError } = this.#options;
    const id = `depth-${++this.#lastId}`;
    const onUpdate = ({ bids, asks }: OrderBook) => {
      if (!this.#stops.has(id)) return;
      try {
        onDepth({ snapshot: true, bids: levels(bids).reverse(), asks: levels(asks) });
      } catch (error) {
        onError(error);
      }
    };
    const start = () =>
      this.#client.subscribe(
        orderbook,
        { symbol, depth },
        { onUpdate, onStatus: ({ error }) => error && onError(error) },
      );
    this.#stops.set(id, startInMicrotask(start, onError));
    return id;
  }

  unsubscribe(id: string): void {
    this.#stops.get(id)?.();
    this.#stops.delete(id);
  }

  destroy(): void {
    for (const id of this.#stops.keys()) this.unsubscribe(id);
  }
}

function levels(side: OrderBook["bids"]): DepthLevel[] {
  return side.map(({ price, qty }) => ({ price, volume: qty }));
}
