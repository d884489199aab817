import type { QuotesBySymbol } from "../market/quotes.js";
import { loadStored, saveStored } from "../page/stored.js";
import { alertsOf, conditionFor, fire, MAX_ALERTS, type PriceAlert } from "./price-alert.js";

const STORAGE_KEY = "trading-alerts";

/** The user's price alerts, which the browser remembers. The tabs of a browser share them. */
export class PriceAlerts {
  #alerts: readonly PriceAlert[] = loadStored(STORAGE_KEY, alertsOf, []);
  readonly #listeners = new Set<() => void>();

  /** All alerts, newest last. */
  get all(): readonly PriceAlert[] {
    return this.#alerts;
  }

  /** Reads what another tab has stored. */
  reload(): void {
    this.#alerts = loadStored(STORAGE_KEY, alertsOf, this.#alerts);
    this.#notify();
  }

  /** Calls `reload` whenever another tab stores its alerts. @returns a function that stops this */
  followOtherTabs(target: Pick<Window, "addEventListener" | "removeEventListener">): () => void {
    const onStorage = ({ key }: StorageEvent) => {
      if (key === STORAGE_KEY) this.reload();
    };
    target.addEventListener("storage", onStorage);
    return () => target.removeEventListener("storage", onStorage);
  }

  /** Adds an alert. @returns the reason why it is refused; undefined if it is not */
  add(symbol: string, price: number, last: number): string | undefined {
    const condition = conditionFor(price, last);
    if (condition === undefined) return "The last price is already there. Enter another price.";
    const kept = this.#alerts.length < MAX_ALERTS ? this.#alerts : withoutOldestFired(this.#alerts);
    if (kept.length >= MAX_ALERTS) return `There are already ${MAX_ALERTS} alerts. Delete some.`;
    this.#store([...kept, { id: newId(), symbol, price, condition }]);
    return undefined;
  }

  /** Moves an alert to another price, where it waits again. Ignored if the last price is exactly there. */
  move(id: string, price: number, last: number): void {
    const condition = conditionFor(price, last);
    if (condition === undefined) return;
    this.#store(
      this.#alerts.map((alert) => (alert.id === id ? { id, symbol: alert.symbol, price, condition } : alert)),
    );
  }

  remove(id: string): void {
    this.#store(this.#alerts.filter((alert) => alert.id !== id));
  }

  /** Marks the message of a fired alert as read. */
  dismiss(id: string): void {
    this.#store(
      this.#alerts.map((alert) =>
        alert.id === id && alert.fired ? { ...alert, fired: { ...alert.fired, isSeen: true } } : alert,
      ),
    );
  }

  /**
   * Fires the alerts whose condition the quotes meet.
   *
   * @param isLive whether the quotes are current: one from before a lost connection must not fire an alert of another tab
   * @returns the alerts that have fired
   */
  check(quotes: QuotesBySymbol, isLive: boolean, now = Date.now()): readonly PriceAlert[] {
    if (!isLive || fire(this.#alerts, quotes, now) === this.#alerts) return [];
    // Another tab may have fired it, and its event may not have arrived yet.
    this.#alerts = loadStored(STORAGE_KEY, alertsOf, this.#alerts);
    const waiting = new Set(this.#alerts.filter(({ fired }) => !fired).map(({ id }) => id));
    this.#store(fire(this.#alerts, quotes, now));
    return this.#alerts.filter(({ id, fired }) => fired && waiting.has(id));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #store(alerts: readonly PriceAlert[]): void {
    this.#alerts = alerts;
    saveStored(STORAGE_KEY, alerts);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function withoutOldestFired(alerts: readonly PriceAlert[]): readonly PriceAlert[] {
  const oldest = alerts.find(({ fired }) => fired);
  return alerts.filter((alert) => alert !== oldest);
}

/** Returns an id. Not `randomUUID`, which a page on plain HTTP does not have. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("-");
}
