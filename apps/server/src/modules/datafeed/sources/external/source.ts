import type { Bar } from "@trading/topic";
import { join } from "../../aggregate.js";
import { DatafeedError } from "../../errors.js";
import type {
  History,
  HistoryRequest,
  Instrument,
  MarketListener,
  MarketSource,
  SourceClock,
  Trade,
} from "../../market-source.js";
import { MINUTE_MS } from "../../resolution.js";
import type { OutsideTrades, TradeFeed } from "./trades.js";

/** A symbol with the steps of its prices and quantities. */
type Traded = Pick<Instrument, "symbol" | "priceStep" | "qtyStep">;

/** Maximum number of minutes that are kept for each symbol: a week. */
const MAX_BARS = 10_080;

/** Trades may be this much ahead of the server's clock, in milliseconds. */
const MAX_AHEAD_MS = 60_000;

/**
 * A market whose trades another program sends. Its bars are in memory: a restarted server begins without a history.
 */
export class ExternalSource implements MarketSource, TradeFeed {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions = ["1"] as const;
  readonly description: string;
  readonly #clock: SourceClock;
  readonly #listeners = new Map<string, MarketListener>();
  /** The minutes of each symbol, ascending by time. */
  readonly #bars = new Map<string, Bar[]>();
  /** The time of each symbol's last trade or book. */
  readonly #times = new Map<string, number>();

  /** @param timezone the IANA name of the time zone of the session of all instruments. @default UTC */
  constructor(instruments: readonly Traded[], clock: SourceClock, timezone = "Etc/UTC") {
    this.instruments = new Map(instruments.map((traded) => [traded.symbol, instrumentOf(traded, timezone)]));
    this.description = `external, trades of ${[...this.instruments.keys()].join(", ")} are sent to the operators' API`;
    this.#clock = clock;
  }

  async history({ symbol, to = Number.POSITIVE_INFINITY, countBack }: HistoryRequest): Promise<History> {
    const bars = (this.#bars.get(symbol) ?? []).filter(({ time }) => time < to).slice(-countBack);
    return {
      bars: bars.map((bar) => ({ ...bar, volume: Math.round(bar.volume) })),
      through: this.#times.get(symbol) ?? Number.NEGATIVE_INFINITY,
    };
  }

  watch(symbol: string, listener: MarketListener): () => void {
    this.#listeners.set(symbol, listener);
    return () => {
      if (this.#listeners.get(symbol) === listener) this.#listeners.delete(symbol);
    };
  }

  add(symbol: string, { trades: given, book }: OutsideTrades): void {
    if (!this.instruments.has(symbol)) {
      const known = [...this.instruments.keys()].join(", ");
      throw new DatafeedError("unknown_symbol", `Unknown symbol ${JSON.stringify(symbol)}: expected one of ${known}.`);
    }
    const last = this.#times.get(symbol) ?? Number.NEGATIVE_INFINITY;
    // Times of one symbol differ between calls, so that a history contains all trades of a time or none.
    const present = Math.max(this.#clock.now(), last + 1);
    const trades: Trade[] = given.map(({ price, qty, side = 1, time = present }) => ({ price, qty, side, time }));
    this.#assertInOrder(symbol, trades, last, present);
    const time = trades.at(-1)?.time ?? present;
    this.#times.set(symbol, time);
    for (const trade of trades) this.#addToBars(symbol, trade);
    this.#listeners.get(symbol)?.onTick({ trades, ...(book && { book: { time, ...book } }) });
  }

  #assertInOrder(symbol: string, trades: readonly Trade[], last: number, present: number): void {
    let before = last + 1;
    for (const { time } of trades) {
      if (time >= before && time <= present + MAX_AHEAD_MS) {
        before = time;
        continue;
      }
      const expected = time < before ? `at least ${before}, after the trades before it` : `at most a minute from now`;
      throw new DatafeedError("invalid_time", `Invalid time ${time} of a trade in ${symbol}: expected ${expected}.`);
    }
  }

  #addToBars(symbol: string, { time, price, qty }: Trade): void {
    const bars = this.#bars.get(symbol) ?? [];
    this.#bars.set(symbol, bars);
    const bar = {
      time: Math.floor(time / MINUTE_MS) * MINUTE_MS,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: qty,
    };
    const current = bars.at(-1);
    if (current?.time === bar.time) bars[bars.length - 1] = join(current, bar);
    else bars.push(bar);
    if (bars.length > MAX_BARS) bars.shift();
  }
}

function instrumentOf({ symbol, priceStep, qtyStep }: Traded, timezone: string): Instrument {
  const sizes = { priceStep, qtyStep, minQty: qtyStep, maxQty: Math.max(1_000_000, qtyStep), spread: 0 };
  return { symbol, description: symbol, exchange: "EXTERNAL", type: "stock", currency: "USD", timezone, ...sizes };
}
