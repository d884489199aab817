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

/** Aggregates trades to bars in one pass: the expected result of every other way. */
export function barsOf(trades: readonly Trade[], resolution: Resolution): Bar[] {
  const ticks = trades.map(({ time, price, qty }) => {
    return { time, open: price, high: price, low: price, close: price, volume: qty };
  });
  return aggregate(ticks, resolution);
}

/**
 * A source with a list of trades. `happen` adds trades, and `send` sends them to the listeners. A history includes trades
 * that happen after its request, as with a remote server.
 */
export class TapeSource implements MarketSource {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description = "a tape";
  /** All trades, sent or not. */
  readonly happened: Trade[] = [];
  readonly listeners = new Set<MarketListener>();
  /** The number of calls of `watch`. */
  starts = 0;
  histories = 0;
  /** Called before and after a history reads the trades; it waits for their promises. */
  before = async () => {};
  after = async () => {};
  #sent = 0;

  constructor(resolutions: readonly Resolution[], instruments: readonly Instrument[] = [ACME]) {
    this.resolutions = resolutions;
    this.instruments = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
  }

  async history({ resolution, to, countBack }: HistoryRequest): Promise<History> {
    if (!this.resolutions.includes(resolution)) throw new Error(`Unexpected resolution ${resolution}`);
    if (!Number.isSafeInteger(countBack) || countBack < 1) throw new Error(`Unexpected countBack ${countBack}`);
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

  /** Adds trades, without sending them. */
  happen(...trades: readonly Trade[]): void {
    this.happened.push(...trades);
  }

  /** Sends the trades that were not sent yet: one tick for the trades of one moment. */
  send(book?: Book): void {
    while (this.#sent < this.happened.length) {
      const { time } = this.happened[this.#sent] as Trade;
      const trades = this.happened.slice(this.#sent).filter((trade) => trade.time === time);
      this.#sent += trades.length;
      for (const listener of this.listeners) listener.onTick({ trades, ...(book && { book }) });
    }
  }

  /** Drops the trades that were not sent yet, and reports a gap, as after a lost connection. */
  lose(): void {
    this.#sent = this.happened.length;
    for (const listener of this.listeners) listener.onGap();
  }
}
