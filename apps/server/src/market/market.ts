/** An instrument that can be traded, with the steps of its prices and quantities. */
export interface TradableInstrument {
  readonly symbol: string;
  /** `Apple Inc.` */
  readonly description: string;
  readonly exchange: string;
  /** Currency of its prices: `USD`. */
  readonly currency: string;
  /** Order prices are multiples of it. */
  readonly priceStep: number;
  /** Order quantities are multiples of it. */
  readonly qtyStep: number;
  readonly minQty: number;
  readonly maxQty: number;
}

/** The best bid and ask of a symbol at one moment, with their quantities, and the last price. */
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

/** The market in which a broker executes orders: its view of a datafeed. */
export interface Market {
  /** By symbol. */
  readonly instruments: ReadonlyMap<string, TradableInstrument>;
  /**
   * Calls back with the current top of book, if there is one, and then with each change.
   *
   * @returns stops watching; idempotent
   */
  watch(symbol: string, onTopOfBook: (topOfBook: TopOfBook) => void): Promise<() => void>;
}
