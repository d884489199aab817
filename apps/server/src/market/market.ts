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
  /** Whether prices can be 0 or negative, as those of oil in April 2020. @default false: they are errors */
  readonly hasNegativePrices?: boolean;
  /** Trading hours in the charting library's format, in `timezone`: `0930-1600`. Day orders end with them. @default `24x7` */
  readonly session?: string;
  /** An IANA time zone name. @default `Etc/UTC` */
  readonly timezone?: string;
}

/** One move of the price within an update. */
export interface PriceMove {
  readonly price: number;
  /** Quantity that can be bought or sold from the start of the update up to here. 0: this move only triggers stops. */
  readonly qty: number;
  /** Whether the price jumped; otherwise it passed through every price since the previous move. */
  readonly isJump: boolean;
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
  /**
   * Moves of the price since the previous update, in order, the one to `last` included. Bid and ask keep their distance
   * to the price meanwhile.
   *
   * @default one jump to `last`
   */
  readonly moves?: readonly PriceMove[];
  /** Whether the market has ended for good: new orders are refused. @default false */
  readonly isClosed?: boolean;
  /** Whether the prices are the last known ones, and may have changed since. @default false */
  readonly isOld?: boolean;
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
