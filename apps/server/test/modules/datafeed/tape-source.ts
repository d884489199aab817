import type { Bar } from "@trading/topic";
import { aggregate } from "../../../src/modules/datafeed/aggregate.js";
import type {
  Book,
  History,
  HistoryRequest,
  Instrument,
  MarketListener,
  MarketSource,
  Trade,
} from "../../../src/modules/datafeed/market-source.js";
import type { Resolution } from "../../../src/modules/datafeed/resolution.js";

export const ACME: Instrument = {
  symbol: "ACME",
  description: "Acme Corporation",
  exchange: "TEST",
  type: "stock",
  currency: "USD",
  priceStep: 0.01,
  qtyStep: 1,
  minQty: 1,
  maxQty: 1_000,
  spread: 0.5,
};

/** The bars of trades, made the plain way: what everything else is held to. */
export function barsOf(trades: readonly Trade[], resolution: Resolution): Bar[] {
  const ticks = trades.map(({ time, price, qty }) => {
    return { time, open: price, high: price, low: price, close: price, volume: qty };
  });
  return aggregate(ticks, resolution);
}

/**
 * A source that is a list of trades. What has happened is told only as far as `tell` is called; histories are answered as
 * of a moment after they were asked for, as a foreign server's are.
 */
export class TapeSource implements MarketSource {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description = "a tape";
  /** What has happened, told or not. */
  readonly happened: Trade[] = [];
  readonly listeners = new Set<MarketListener>();
  /** How often a symbol was begun to be watched. */
  starts = 0;
  histories = 0;
  /** What a history waits for before, and after, it looks. */
  before = async () => {};
  after = async () => {};
  #told = 0;

  constructor(resolutions: readonly Resolution[], instruments: readonly Instrument[] = [ACME]) {
    this.resolutions = resolutions;
    this.instruments = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
  }

  async history({ resolution, to, countBack }: HistoryRequest): Promise<History> {
    if (!this.resolutions.includes(resolution)) throw new Error(`asked for ${resolution}`);
    if (!Number.isSafeInteger(countBack) || countBack < 1) throw new Error(`asked for ${countBack} bars`);
    this.histories++;
    await this.before();
    const bars = barsOf(this.happened, resolution).filter(({ time }) => to === undefined || time < to);
    const through = this.happened.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    await this.after();
    return { bars: bars.slice(-countBack), through };
  }

  watch(_symbol: string, listener: MarketListener): () => void {
    this.starts++;
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Trades happen, and are told later. */
  happen(...trades: readonly Trade[]): void {
    this.happened.push(...trades);
  }

  /** Tells what has happened since it was last told, a tick a moment. */
  tell(book?: Book): void {
    while (this.#told < this.happened.length) {
      const { time } = this.happened[this.#told] as Trade;
      const trades = this.happened.slice(this.#told).filter((trade) => trade.time === time);
      this.#told += trades.length;
      for (const listener of this.listeners) listener.onTick({ trades, ...(book && { book }) });
    }
  }

  /** What has happened and was not told never will be: the line was cut. */
  lose(): void {
    this.#told = this.happened.length;
    for (const listener of this.listeners) listener.onGap();
  }
}
