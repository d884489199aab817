import type { Bar } from "@trading/topic";
import { aggregate } from "./aggregate.js";
import { startOfBars } from "./calendar.js";
import { baseResolution, ratio } from "./history.js";
import type { Instrument, MarketSource } from "./market-source.js";
import type { BarsByResolution } from "./present-bars.js";
import { type Resolution, SHORTEST_MS } from "./resolution.js";

/** Maximum number of bars of one resolution to request when trades were missed. */
const MAX_MISSED = 5_000;

/** The state from which a stream of trades continues. */
export interface Seed {
  /** By resolution: the bars that were missed, and the current one. All current bars have the same close. */
  readonly bars: BarsByResolution;
  /** Unix milliseconds: the bars include trades up to and including this time. */
  readonly through: number;
}

/** Resolutions that current bars are built from: few, because each costs a request to the source. */
const STEPS: readonly Resolution[] = ["60", "D"];

/**
 * Loads the current bars of all resolutions as of one moment. Only the finest resolution is requested up to the
 * present; every coarser current bar is built from finished bars, which do not change, and a finer current bar. So all
 * of them end with the same trade.
 *
 * @param resolutions the finest one is the source's own
 * @param since returns the opening time of the first bar needed of a resolution; undefined: only the current one
 */
export async function loadSeed(
  source: MarketSource,
  instrument: Instrument,
  resolutions: readonly Resolution[],
  since: (resolution: Resolution) => number | undefined = () => undefined,
): Promise<Seed> {
  const { symbol } = instrument;
  const startOf = startOfBars(source, instrument);
  const [finest] = resolutions as [Resolution];
  const bases = source.resolutions.filter((each) => each === finest || STEPS.includes(each));
  const baseFor = (resolution: Resolution) => (resolution === finest ? finest : baseResolution(bases, resolution));

  /**
   * Returns the number of bars of a base resolution that reach back to the oldest bar needed of the resolutions built
   * from it.
   */
  const reach = (base: Resolution, now: number) => {
    const made = resolutions.filter((each) => baseFor(each) === base);
    const oldest = Math.min(...made.map((each) => since(each) ?? now));
    const missed = Math.ceil((now - oldest) / SHORTEST_MS[base]);
    return Math.max(...made.map((each) => ratio(each, base))) + Math.max(0, Math.min(MAX_MISSED, missed));
  };
  const request = async (base: Resolution, to: number | undefined, countBack: number) => {
    const { bars, through } = await source.history({ symbol, resolution: base, to, countBack });
    // Bars that open before the first one may lack finer bars, so they are incomplete.
    const wholeFrom = bars.length < countBack ? Number.NEGATIVE_INFINITY : (bars[0]?.time ?? 0);
    return { bars, through, wholeFrom };
  };

  const least = reach(finest, 0);
  let newest = await request(finest, undefined, least);
  const wanted = reach(finest, newest.bars.at(-1)?.time ?? 0);
  if (wanted > least) newest = await request(finest, undefined, wanted);
  const { through } = newest;
  const last = newest.bars.at(-1);
  if (last === undefined) return { bars: new Map(), through };

  const parts = new Map<Resolution, Pick<typeof newest, "bars" | "wholeFrom">>([[finest, newest]]);
  const seeds = new Map<Resolution, readonly Bar[]>();
  for (const resolution of resolutions) {
    const base = baseFor(resolution);
    let finer = parts.get(base);
    if (finer === undefined) {
      const present = seeds.get(base)?.at(-1) as Bar;
      const { bars, wholeFrom } = await request(base, present.time, reach(base, last.time));
      finer = { bars: [...bars, present], wholeFrom };
      parts.set(base, finer);
    }
    const bars = resolution === finest ? finer.bars : aggregate(finer.bars, resolution, startOf);
    const present = bars.at(-1) as Bar;
    const from = Math.max(since(resolution) ?? present.time, finer.wholeFrom);
    seeds.set(
      resolution,
      bars.filter((bar) => bar.time >= from || bar === present),
    );
  }
  return { bars: seeds, through };
}
