import type {
  History,
  HistoryRequest,
  Instrument,
  MarketListener,
  MarketSource,
  SourceClock,
  SourceLogger,
} from "../../market-source.js";
import { barStart, type Resolution } from "../../resolution.js";
import type { ReplayPosition } from "./position.js";
import type { Recording } from "./recording.js";

/** Options of a replay. */
export interface ReplayOptions {
  readonly symbol: string;
  /** Greater than 0. */
  readonly barsPerSecond: number;
  /** At the end of the recording: `stop` keeps the last bar, `loop` starts again, shifted by whole weeks. */
  readonly atEnd: "stop" | "loop";
  /** The stored position to continue from. @default starts at the beginning, and stores nothing */
  readonly position?: ReplayPosition | undefined;
  readonly clock: Pick<SourceClock, "monotonic" | "after">;
  readonly logger: SourceLogger;
}

/** Limits the bars played in one turn of the event loop, in case a timer fires very late. */
const MAX_BARS_PER_TURN = 1_000;

/** Names of the resolutions in a sentence. */
const LABELS: Readonly<Record<Resolution, string>> = {
  "1": "every minute",
  "5": "every 5 minutes",
  "15": "every 15 minutes",
  "30": "every 30 minutes",
  "60": "hourly",
  D: "daily",
  W: "weekly",
  M: "monthly",
};

/**
 * Plays one symbol's recorded bars once each at a chosen speed, as a few trades per bar; its history is what has been
 * played. It plays while there is a watcher and pauses without one. It has no order books.
 */
export class ReplaySource implements MarketSource {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description: string;
  readonly #recording: Recording;
  readonly #options: ReplayOptions;
  /** Number of bars played, over all passes. */
  #played: number;
  #listener: MarketListener | undefined;
  #cancelNext: (() => void) | undefined;

  constructor(recording: Recording, options: ReplayOptions) {
    const { symbol, barsPerSecond, atEnd, position } = options;
    this.#recording = recording;
    this.#options = options;
    // The stored position is written ahead, so it may be past the end.
    this.#played = Math.min(position?.played ?? 0, atEnd === "stop" ? recording.length : Number.MAX_SAFE_INTEGER);
    this.instruments = new Map([[symbol, recordedInstrument(symbol, recording)]]);
    this.resolutions = [recording.resolution];
    const end = atEnd === "loop" ? "then starts again, shifted by whole weeks" : "then stops and keeps the last bar";
    const from = this.#played === 0 ? "" : `, starting at bar ${(this.#played % recording.length) + 1}`;
    this.description =
      `replay of ${recording.file} as ${symbol}: ${recording.length} bars recorded ${LABELS[recording.resolution]} ` +
      `(${recording.resolution})${from}, ${barsPerSecond} bars per second, ${end}`;
  }

  /** Recorded bars keep their opening times. */
  readonly barStart = (resolution: Resolution, time: number): number =>
    resolution === this.#recording.resolution ? time : barStart(resolution, time);

  async history({ to, countBack }: HistoryRequest): Promise<History> {
    const last = this.#played === 0 ? undefined : this.#recording.bar(this.#played - 1);
    const bars = this.#recording.history(this.#played, to, countBack);
    return { bars, through: last?.time ?? Number.NEGATIVE_INFINITY };
  }

  watch(_symbol: string, listener: MarketListener): () => void {
    this.#listener = listener;
    this.#cancelNext = this.#play();
    return () => {
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      this.#cancelNext?.();
      this.#options.position?.save(this.#played);
    };
  }

  /** Plays from the current position at the set speed. @returns pauses it */
  #play(): (() => void) | undefined {
    const { clock, barsPerSecond } = this.#options;
    const msPerBar = 1_000 / barsPerSecond;
    const since = clock.monotonic();
    const from = this.#played;
    const next = (): (() => void) | undefined => {
      if (!this.#canPlay) return undefined;
      const dueMs = since + (this.#played - from + 1) * msPerBar - clock.monotonic();
      return clock.after(Math.max(0, dueMs), () => {
        // At least one: a timer may fire slightly early, and rescheduling it for the remaining fraction would repeat.
        const due = Math.max(1, Math.floor((clock.monotonic() - since) / msPerBar) - (this.#played - from));
        for (let count = Math.min(due, MAX_BARS_PER_TURN); count > 0 && this.#canPlay; count--) this.#playOne();
        this.#cancelNext = next();
      });
    };
    return next();
  }

  get #canPlay(): boolean {
    const isOver = this.#options.atEnd === "stop" && this.#played >= this.#recording.length;
    return this.#listener !== undefined && !isOver;
  }

  #playOne(): void {
    const { position, barsPerSecond } = this.#options;
    const trades = this.#recording.trades(this.#played);
    this.#played++;
    position?.reserve(this.#played, barsPerSecond);
    this.#listener?.onTick({ trades });
    if (this.#played % this.#recording.length === 0) this.#logEnd();
  }

  #logEnd(): void {
    const { symbol, atEnd, logger } = this.#options;
    const action = atEnd === "loop" ? "it starts again" : "it stops and keeps the last bar";
    const facts = { symbol, file: this.#recording.file, bars: this.#recording.length };
    logger.info(`The replay reached the end of its recording: ${action}`, facts);
  }
}

/** Returns the instrument of a recording, which only has bars. */
function recordedInstrument(symbol: string, recording: Recording): Instrument {
  return {
    symbol,
    description: `${symbol}, recorded`,
    exchange: "REPLAY",
    type: "stock",
    currency: "USD",
    priceStep: priceStepOf(recording.bar(0).close),
    qtyStep: 1,
    minQty: 1,
    maxQty: 1_000_000,
    spread: 0,
  };
}

/**
 * Returns a price step that gives five significant digits: 0.01 for 188.59, 0.0001 for 1.0851. From 0.00000001 to 0.01.
 */
function priceStepOf(price: number): number {
  const digits = 4 - Math.floor(Math.log10(Math.max(1e-8, Math.abs(price))));
  return Number(`1e-${Math.min(8, Math.max(2, digits))}`);
}
