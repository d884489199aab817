import { type Bar, RESOLUTIONS } from "@trading/topic";
import type { Clock } from "@trading/ws-server";
import { join } from "../aggregate.js";
import { barStart, nextBarStart, type Resolution } from "../resolution.js";
import { type Datafeed, type HistoryRequest, instrumentOf } from "../service.js";
import { INSTRUMENTS, type SimulatedInstrument } from "./instruments.js";
import { SimulatedMarket } from "./market.js";

/** Who watches one symbol's bars of one resolution, and how far it has been told. */
interface Watcher {
  readonly instrument: SimulatedInstrument;
  readonly resolution: Resolution;
  readonly onBar: (bar: Bar) => void;
  /** The present bar, with every tick through `second` in it. */
  bar: Bar;
  second: number;
}

/**
 * A market that never closes, made up of a seed: one tick a second for every symbol, and everything else made of those.
 * Time comes from the clock, so two servers with one seed show the same prices at the same moment.
 */
export class SimulatedDatafeed implements Datafeed {
  readonly instruments: ReadonlyMap<string, SimulatedInstrument> = new Map(
    INSTRUMENTS.map((instrument) => [instrument.symbol, instrument]),
  );
  readonly resolutions = RESOLUTIONS;
  readonly description: string;
  readonly #clock: Clock;
  readonly #market: SimulatedMarket;
  readonly #watchers = new Set<Watcher>();
  #cancelTick: (() => void) | undefined;

  constructor(seed: string, clock: Clock) {
    this.description = `simulated, seed ${JSON.stringify(seed)}, ${this.instruments.size} symbols, never closes`;
    this.#clock = clock;
    this.#market = new SimulatedMarket(seed);
  }

  async history({ symbol, ...request }: HistoryRequest): Promise<Bar[]> {
    return this.#market.history(this.#instrument(symbol), request, this.#clock.now());
  }

  async watch(symbol: string, resolution: Resolution, onBar: (bar: Bar) => void): Promise<() => void> {
    const instrument = this.#instrument(symbol);
    const now = this.#clock.now();
    const bar = await this.#market.barAt(instrument, resolution, now);
    const watcher: Watcher = { instrument, resolution, onBar, bar, second: Math.floor(now / 1_000) };
    onBar(bar);
    this.#watchers.add(watcher);
    this.#cancelTick ??= this.#atNextSecond();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#cancelTick?.();
      this.#cancelTick = undefined;
    };
  }

  #instrument(symbol: string): SimulatedInstrument {
    return instrumentOf(this, symbol) as SimulatedInstrument;
  }

  #atNextSecond(): () => void {
    return this.#clock.after(1_000 - (this.#clock.now() % 1_000), () => {
      this.#cancelTick = this.#atNextSecond();
      const second = Math.floor(this.#clock.now() / 1_000);
      for (const watcher of this.#watchers) this.#catchUp(watcher, second);
    });
  }

  /** Takes in every tick since the last, also those of seconds in which the process was kept busy. */
  #catchUp(watcher: Watcher, through: number): void {
    if (through <= watcher.second) return;
    let end = nextBarStart(watcher.resolution, watcher.bar.time);
    let isTold = true;
    while (watcher.second < through) {
      const second = watcher.second + 1;
      const tick = this.#market.tick(watcher.instrument, second);
      if (tick.time < end) {
        watcher.bar = join(watcher.bar, tick);
        isTold = false;
      } else {
        if (!isTold) watcher.onBar(watcher.bar);
        watcher.bar = { ...tick, time: barStart(watcher.resolution, tick.time) };
        end = nextBarStart(watcher.resolution, tick.time);
      }
      watcher.second = second;
    }
    watcher.onBar(watcher.bar);
  }
}
