import type { Bar } from "@trading/topic";
import { aggregate } from "./aggregate.js";
import { baseOf, ratio } from "./history.js";
import type { MarketSource } from "./market-source.js";
import type { BarsByResolution } from "./present-bars.js";
import { type Resolution, SHORTEST_MS } from "./resolution.js";

/** Bars of one resolution that are asked for at most, to tell what was missed. */
const MAX_MISSED = 5_000;

/** Where a line of trades goes on from. */
export interface Seed {
  /** Of every resolution: those that were missed, and the present one. All present ones have one close. */
  readonly bars: BarsByResolution;
  /** Trades up to and including this moment are in the bars. */
  readonly through: number;
}

/** The resolutions that present bars are made of: few, since each is a question to the source. */
const STEPS: readonly Resolution[] = ["60", "D"];

/**
 * The present bars of all resolutions as of one moment. Only the finest are asked for as far as they have come; every
 * coarser one is finished parts, which stand, and a finer present one: so all speak of the same last trade.
 *
 * @param resolutions which; the finest is the source's own
 * @param since when the bar opens from which on those of a resolution are wanted; undefined: the present one is enough
 */
export async function seedOf(
  source: MarketSource,
  symbol: string,
  resolutions: readonly Resolution[],
  since: (resolution: Resolution) => number | undefined = () => undefined,
): Promise<Seed> {
  const [finest] = resolutions as [Resolution];
  const bases = source.resolutions.filter((each) => each === finest || STEPS.includes(each));
  const baseFor = (resolution: Resolution) => (resolution === finest ? finest : baseOf(bases, resolution));

  /** How many bars of a base reach back to the oldest that is wanted of what is made of it. */
  const reach = (base: Resolution, now: number) => {
    const made = resolutions.filter((each) => baseFor(each) === base);
    const oldest = Math.min(...made.map((each) => since(each) ?? now));
    const missed = Math.ceil((now - oldest) / SHORTEST_MS[base]);
    return Math.max(...made.map((each) => ratio(each, base))) + Math.max(0, Math.min(MAX_MISSED, missed));
  };
  const ask = (countBack: number) => source.history({ symbol, resolution: finest, to: undefined, countBack });
  const least = reach(finest, 0);
  let history = await ask(least);
  const newest = history.bars.at(-1);
  if (newest === undefined) return { bars: new Map(), through: history.through };
  const wanted = reach(finest, newest.time);
  if (wanted > least) history = await ask(wanted);
  const { time } = history.bars.at(-1) ?? newest;

  const parts = new Map([[finest, history.bars]]);
  const seeds = new Map<Resolution, readonly Bar[]>();
  for (const resolution of resolutions) {
    const base = baseFor(resolution);
    let finer = parts.get(base);
    if (finer === undefined) {
      const present = seeds.get(base)?.at(-1) as Bar;
      const request = { symbol, resolution: base, to: present.time, countBack: reach(base, time) };
      finer = [...(await source.history(request)).bars, present];
      parts.set(base, finer);
    }
    const bars = resolution === finest ? finer : aggregate(finer, resolution, source.barStart);
    seeds.set(resolution, wholeFrom(since(resolution), bars, finer));
  }
  return { bars: seeds, through: history.through };
}

/** The present bar, and those before it from a moment on that no finer bar is missing of. */
function wholeFrom(from: number | undefined, bars: readonly Bar[], finer: readonly Bar[]): readonly Bar[] {
  if (from === undefined) return bars.slice(-1);
  const least = Math.max(from, finer[0]?.time ?? from);
  return bars.filter(({ time }, index) => time >= least || index === bars.length - 1);
}
