import type { Rest } from "@trading/ws-client/rest";
import { type Instrument, instrumentOf, UNKNOWN_INSTRUMENT } from "./instrument.js";

/** The instruments that the page shows, each loaded once. */
export class Instruments {
  readonly #rest: Pick<Rest, "resolve">;
  readonly #bySymbol = new Map<string, Instrument>();
  readonly #requested = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(rest: Pick<Rest, "resolve">) {
    this.#rest = rest;
  }

  /** Increases with each loaded instrument. */
  get version(): number {
    return this.#version;
  }

  get(symbol: string): Instrument {
    return this.#bySymbol.get(symbol) ?? UNKNOWN_INSTRUMENT;
  }

  /** Loads an instrument, unless it is loaded. A failed request is repeated with the next call. */
  load(symbol: string): void {
    if (this.#requested.has(symbol)) return;
    this.#requested.add(symbol);
    this.#rest.resolve(symbol).then(
      (info) => {
        this.#bySymbol.set(symbol, instrumentOf(info));
        this.#version += 1;
        for (const listener of this.#listeners) listener();
      },
      // Not reported here: a request of the order ticket reports the problem with the symbol.
      () => this.#requested.delete(symbol),
    );
  }

  /** Loads instruments again: the server, or the status of a market, may have changed. They keep their values until then. @param symbol undefined for all */
  reload(symbol?: string): void {
    const symbols = symbol === undefined ? [...this.#requested] : [symbol];
    for (const each of symbols) this.#requested.delete(each);
    for (const each of symbols) this.load(each);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
