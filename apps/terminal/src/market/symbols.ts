import { quotes } from "@trading/topic/shapes";
import type { Client } from "@trading/ws-client";
import type { DatafeedConfiguration, Rest, SearchSymbolResultItem } from "@trading/ws-client/rest";
import { RESOLUTIONS } from "../chart/resolutions.js";
import type { Instruments } from "./instruments.js";
import type { SymbolInfo } from "./symbol-info.js";

/** The server's symbols, or the reason why they could not be loaded. */
export interface SymbolsState {
  /** Undefined until they are loaded. */
  readonly symbols: readonly SymbolInfo[] | undefined;
  readonly error: string | undefined;
}

/** The server's symbols, which are loaded while the socket opens, and again on each later connection. */
export class Symbols {
  readonly #rest: Pick<Rest, "config" | "search">;
  readonly #instruments: Pick<Instruments, "load" | "reload">;
  readonly #listeners = new Set<() => void>();
  #state: SymbolsState = { symbols: undefined, error: undefined };
  #isConnected = false;
  /** Whether the symbols are loaded or requested since the last connection was lost. */
  #isCurrent = false;
  #aborter = new AbortController();
  #endQuotes = () => {};

  constructor(rest: Pick<Rest, "config" | "search">, instruments: Pick<Instruments, "load" | "reload">) {
    this.#rest = rest;
    this.#instruments = instruments;
  }

  get state(): SymbolsState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Loads the symbols without waiting for the connection, and again on each later connection, because the server may have changed.
   * Subscribes to their quotes, which the components then find.
   *
   * @param first returns the symbol that the page shows first; null for the first one of the server
   */
  follow(client: Pick<Client, "onState" | "subscribe">, first: () => string | null): void {
    client.onState(({ status }) => {
      const wasConnected = this.#isConnected;
      this.#isConnected = status === "connected";
      if (this.#isConnected && !this.#isCurrent) this.#load(client, first);
      if (wasConnected && !this.#isConnected) {
        this.#isCurrent = false;
        this.#aborter.abort();
      }
    });
    this.#load(client, first);
  }

  #load(client: Pick<Client, "subscribe">, first: () => string | null): void {
    this.#isCurrent = true;
    this.#aborter = new AbortController();
    const { signal } = this.#aborter;
    const isBeforeConnection = !this.#isConnected;
    Promise.all([this.#rest.config(signal), this.#rest.search({ query: "", exchange: "", type: "" }, signal)]).then(
      ([config, results]) => {
        if (signal.aborted) return;
        const symbols = results.map((item) => symbolInfo(item, config));
        this.#instruments.reload();
        // Requested here rather than by what shows it, which is not rendered yet.
        const shown = symbols.find(({ symbol }) => symbol === first()) ?? symbols[0];
        if (shown) this.#instruments.load(shown.symbol);
        this.#subscribe(client, symbols);
        this.#set({ symbols, error: undefined });
      },
      (failure: Error) => {
        if (signal.aborted) return;
        this.#isCurrent = false;
        // Without a connection the badge shows the reason, and the connection loads them again.
        if (!this.#isConnected) return;
        if (isBeforeConnection) this.#load(client, first);
        else this.#set({ ...this.#state, error: failure.message });
      },
    );
  }

  /** Subscribes to the topic of `useQuotes` in workspace.tsx, so that it is requested before the components are rendered. */
  #subscribe(client: Pick<Client, "subscribe">, symbols: readonly SymbolInfo[]): void {
    const names = symbols.map(({ symbol }) => symbol).sort();
    const end = names.length === 0 ? () => {} : client.subscribe(quotes, { symbols: [], fast_symbols: names }, {});
    this.#endQuotes();
    this.#endQuotes = end;
  }

  #set(state: SymbolsState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Converts a search result. The charting library's resolution `1D` is `D` in the protocol. */
function symbolInfo(
  { symbol, description, exchange }: SearchSymbolResultItem,
  config: DatafeedConfiguration,
): SymbolInfo {
  const supported = new Set(config.supported_resolutions?.map((name) => name.replace(/^1(?=[DWM]$)/, "")));
  return {
    symbol,
    description,
    exchange,
    resolutions: RESOLUTIONS.map(({ id }) => id).filter((id) => supported.has(id)),
  };
}
