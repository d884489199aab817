import type {
  History,
  HistoryRequest,
  Instrument,
  MarketListener,
  MarketSource,
  SourceClock,
  SourceLogger,
  Trade,
} from "../../market-source.js";
import type { Resolution } from "../../resolution.js";
import type { ReplayPosition } from "./position.js";
import type { Recording } from "./recording.js";
import { type Schedule, schedule } from "./schedule.js";

/** Options of a replay. */
export interface ReplayOptions {
  readonly symbol: string;
  /** Greater than 0. */
  readonly barsPerSecond: number;
  /** At the end of the recording: `stop` keeps the last bar, `loop` starts again, shifted by whole weeks. */
  readonly atEnd: "stop" | "loop";
  /** The stored position to continue from. @default starts at the beginning, and stores nothing */
  readonly position?: ReplayPosition | undefined;
  /**
   * When the replay starts, Unix milliseconds. Its position is then a function of the system time, the same in every process
   * that plays the same recording with the same options, and `position` is not used. @default with the first watcher
   */
  readonly startsAt?: number | undefined;
  readonly clock: SourceClock;
  readonly logger: SourceLogger;
}

/** Limits the bars played in one turn of the event loop, in case a timer fires very late. */
const MAX_BARS_PER_TURN = 1_000;

/** Delay up to which late bars are played one by one. A longer one means that the computer was suspended, or its clock set. */
const MAX_LATE_MS = 60_000;

/** Time by which a bar can be early before it means that the system clock was set back. */
const MAX_EARLY_MS = 2_000;

/** Maximum delay of the timer for the next bar, so that a change of the system clock is noticed soon. */
const MAX_WAIT_MS = 1_000;

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
 * played. It plays while there is a watcher and pauses without one, unless `startsAt` ties it to the system time. It has
 * no order books.
 */
export class ReplaySource implements MarketSource {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly resolutions: readonly Resolution[];
  readonly description: string;
  readonly barStart: (resolution: Resolution, time: number) => number;
  readonly #recording: Recording;
  readonly #options: ReplayOptions;
  /** The schedule of all processes that share `startsAt`. */
  readonly #shared: Schedule | undefined;
  /** Number of bars played, over all passes. */
  #played = 0;
  #listener: MarketListener | undefined;
  #cancelNext: (() => void) | undefined;

  constructor(recording: Recording, options: ReplayOptions) {
    const { symbol, barsPerSecond, atEnd, position, startsAt, clock } = options;
    this.#recording = recording;
    this.#options = options;
    this.#shared = startsAt === undefined ? undefined : schedule(() => clock.now(), startsAt, 0, barsPerSecond);
    // The stored position is written ahead, so it may be past the end.
    this.#played = this.#untilEnd(this.#shared?.due() ?? position?.played ?? 0);
    this.instruments = new Map([[symbol, recordedInstrument(symbol, recording)]]);
    this.resolutions = recording.resolutions;
    this.barStart = recording.barStart;
    const end = atEnd === "loop" ? "then starts again, shifted by whole weeks" : "then stops and keeps the last bar";
    const from = this.#played === 0 ? "" : `, starting at bar ${(this.#played % recording.length) + 1}`;
    const since = startsAt === undefined ? "" : ` since ${new Date(startsAt).toISOString()}`;
    this.description =
      `replay of ${recording.file} as ${symbol}: ${recording.length} bars recorded ${LABELS[recording.resolution]} ` +
      `(${recording.resolution})${from}, ${barsPerSecond} bars per second${since}, ${end}`;
  }

  async history({ resolution, to, countBack }: HistoryRequest): Promise<History> {
    this.#followClock();
    const bars = this.#recording.history(resolution, this.#played, to, countBack);
    const last = this.#played === 0 ? undefined : this.#recording.bar(this.#played - 1);
    return { bars, through: last?.time ?? Number.NEGATIVE_INFINITY };
  }

  async recentTrades(_symbol: string, count: number): Promise<readonly Required<Trade>[]> {
    this.#followClock();
    return this.#recording.tradesBefore(this.#played, count);
  }

  watch(_symbol: string, listener: MarketListener): () => void {
    this.#followClock();
    this.#listener = listener;
    if (this.#isOver) listener.onTick({ isClosed: true });
    this.#play();
    return () => {
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      this.#cancelNext?.();
      this.#options.position?.save(this.#played);
    };
  }

  hasEnded(): boolean {
    this.#followClock();
    return this.#isOver;
  }

  /** Moves to the position of the shared schedule; a watched replay is there already. */
  #followClock(): void {
    if (this.#shared !== undefined && this.#listener === undefined) this.#played = this.#untilEnd(this.#shared.due());
  }

  /** Plays from the current position at the set speed, until the last watcher has left. */
  #play(): void {
    const { clock, barsPerSecond } = this.#options;
    const due = this.#shared ?? schedule(() => clock.monotonic(), clock.monotonic(), this.#played, barsPerSecond);
    const next = () => {
      if (!this.#canPlay) return;
      const waitMs = Math.max(1, Math.ceil(due.msUntil(this.#played)));
      this.#cancelNext = clock.after(Math.min(waitMs, MAX_WAIT_MS), () => {
        const lateMs = -due.msUntil(this.#played);
        if (lateMs > MAX_LATE_MS || (this.#played > 0 && due.msUntil(this.#played - 1) > MAX_EARLY_MS)) {
          this.#onJump(lateMs);
          return this.#play();
        }
        const count = Math.min(due.due() - this.#played, MAX_BARS_PER_TURN);
        for (let played = 0; played < count && this.#canPlay; played++) this.#playOne();
        next();
      });
    };
    next();
  }

  /** Continues after the computer was suspended, or its clock was set. */
  #onJump(lateMs: number): void {
    const { symbol, logger } = this.#options;
    const facts = { symbol, ms: Math.round(lateMs) };
    if (this.#shared === undefined) {
      logger.warn("The replay was suspended, and continues with the next bar", facts);
      return;
    }
    this.#played = this.#untilEnd(this.#shared.due());
    logger.warn("The system clock jumped: the replay continues at its new position", { ...facts, bar: this.#played });
    this.#listener?.onGap();
    if (this.#isOver) this.#listener?.onTick({ isClosed: true });
  }

  get #canPlay(): boolean {
    return this.#listener !== undefined && !this.#isOver;
  }

  /** Whether nothing is traded any more. */
  get #isOver(): boolean {
    return this.#options.atEnd === "stop" && this.#played >= this.#recording.length;
  }

  /** Returns a number of played bars, at most all of them if the replay stops at the end. */
  #untilEnd(played: number): number {
    return this.#options.atEnd === "stop" ? Math.min(played, this.#recording.length) : played;
  }

  #playOne(): void {
    const { position, barsPerSecond } = this.#options;
    const index = this.#played++;
    if (this.#shared === undefined) position?.reserve(this.#played, barsPerSecond);
    // At the end of all dates the first pass begins again, which is earlier than what has been published.
    if (index > 0 && index % this.#recording.cycle === 0) this.#listener?.onGap();
    else {
      const trades = this.#recording.trades(index);
      this.#listener?.onTick({ trades, isContinuous: true, isClosed: this.#isOver });
    }
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
    priceStep: recording.priceStep,
    hasVolume: recording.hasVolume,
    hasNegativePrices: recording.hasNegativePrices,
    session: "24x7",
    timezone: recording.timezone,
    qtyStep: recording.qtyStep,
    minQty: recording.qtyStep,
    maxQty: 1_000_000,
    spread: 0,
  };
}
