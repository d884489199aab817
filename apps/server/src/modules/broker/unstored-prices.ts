import type { Clock } from "@trading/ws-server";
import type { PriceRow } from "./engine/rows.js";

/** Age of a price at which it is stored without another change. */
const MAX_AGE_MS = 5_000;

/**
 * The prices that have changed since the last commit. Each commit stores them; a market without orders causes one commit
 * in five seconds, however often its prices change.
 */
export class UnstoredPrices {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #bySymbol = new Map<string, PriceRow>();
  #isDue = false;
  #cancel: (() => void) | undefined;

  /** @param onDue called when prices have waited for five seconds; it must cause a commit */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Whether prices have to be stored now, without another change. */
  get areDue(): boolean {
    return this.#isDue && this.#bySymbol.size > 0;
  }

  get rows(): readonly PriceRow[] {
    return [...this.#bySymbol.values()];
  }

  add(rows: readonly PriceRow[]): void {
    for (const row of rows) this.#bySymbol.set(row.symbol, row);
    if (this.#bySymbol.size > 0) this.#cancel ??= this.#clock.after(MAX_AGE_MS, () => this.setDue());
  }

  /** Has the prices stored now, and those that precede the commit. */
  setDue(): void {
    this.#isDue = true;
    this.#onDue();
  }

  /** Removes all prices, because they were stored or are outdated. */
  clear(): void {
    this.#bySymbol.clear();
    this.#isDue = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
