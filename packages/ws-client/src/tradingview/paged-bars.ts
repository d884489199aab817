import type { BarsQuery, BarsReply, DatafeedRest } from "../rest/rest.js";
import { loadBars } from "../stores/bars.js";

/** Loads the bars of periods, and remembers where each history begins. */
export class PagedBars {
  readonly #rest: Pick<DatafeedRest, "bars">;
  /** The opening time of the oldest bar, by symbol and resolution, if it is known. */
  readonly #starts = new Map<string, number>();

  constructor(rest: Pick<DatafeedRest, "bars">) {
    this.#rest = rest;
  }

  /** Loads a period: at least `countBack` bars before its end, if the symbol has that number. */
  async load(query: BarsQuery, signal: AbortSignal): Promise<BarsReply> {
    const series = JSON.stringify([query.symbol, query.resolution]);
    // The library wants a number of bars, and requests what is missing of the period later.
    const { start, ...reply } = await loadBars(this.#rest, query, signal, this.#starts.get(series), Infinity);
    if (start !== undefined) this.#starts.set(series, start);
    return reply;
  }
}
