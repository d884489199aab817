/** What can be traded, and in which steps. */
export interface TradableInstrument {
  readonly symbol: string;
  /** `Apple Inc.` */
  readonly description: string;
  readonly exchange: string;
  /** Of its prices: `USD`. */
  readonly currency: string;
  /** Prices are multiples of it. */
  readonly priceStep: number;
  /** Quantities are multiples of it. */
  readonly qtyStep: number;
  readonly minQty: number;
  readonly maxQty: number;
}

/** The best prices of a symbol at one moment, and the quantities they are good for. */
export interface TopOfBook {
  readonly symbol: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly bid: number;
  readonly bidQty: number;
  readonly ask: number;
  readonly askQty: number;
  /** The price of the last trade. */
  readonly last: number;
}

/** The market that a broker trades at: its view of a datafeed. */
export interface Market {
  /** By symbol. */
  readonly instruments: ReadonlyMap<string, TradableInstrument>;
  /**
   * Calls back with the present touch, where there is one, and then with each change.
   *
   * @returns stops it; calling that twice does nothing
   */
  watch(symbol: string, onTopOfBook: (touch: TopOfBook) => void): Promise<() => void>;
}
