import type { Bar } from "@trading/topic";
import type { BarsQuery, BarsReply, DatafeedRest } from "../rest/rest.js";
import { sortedByTime } from "../stores/bars.js";

/** Maximum number of requests for one period. */
const MAX_PAGES = 20;

/** Loads bars in as many replies as it takes, because servers limit the number of bars in one. */
export class PagedBars {
  readonly #rest: Pick<DatafeedRest, "bars">;
  /** The opening time of the oldest bar, by symbol and resolution, if it is known. */
  readonly #beginnings = new Map<string, number>();

  constructor(rest: Pick<DatafeedRest, "bars">) {
    this.#rest = rest;
  }

  /** Loads a period: at least `countBack` bars before its end, if the symbol has that number. */
  async load(query: BarsQuery, signal: AbortSignal): Promise<BarsReply> {
    const { symbol, resolution, countBack } = query;
    const series = JSON.stringify([symbol, resolution]);
    const reply = await this.#rest.bars(query, signal);
    let pages = 1;
    let bars = sortedByTime(reply.bars);
    while (bars.length > 0 && bars.length < countBack && pages++ < MAX_PAGES) {
      const to = (bars[0] as Bar).time;
      if (this.#beginnings.get(series) === to) break;
      const from = Math.min(query.from, to);
      const older = await this.#rest.bars({ ...query, from, to, countBack: countBack - bars.length }, signal);
      const all = sortedByTime([...older.bars.filter(({ time }) => time < to), ...bars]);
      if (all.length === bars.length) this.#beginnings.set(series, to);
      bars = all;
    }
    return { ...reply, bars };
  }
}
