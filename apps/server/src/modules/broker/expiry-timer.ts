import type { Clock } from "@trading/ws-server";
import { isWorking } from "./engine/ledger.js";
import type { OrderRow } from "./engine/rows.js";

/** Maximum delay between two looks at the system time, which can be set, and advances while the computer is suspended. */
const CHECK_EVERY_MS = 10_000;

/** Waits for the next order that expires, so that it is cancelled without any other command. */
export class ExpiryTimer {
  readonly #clock: Clock;
  readonly #expire: () => Promise<number | undefined>;
  /** When the timer is due, Unix milliseconds; undefined if it does not run. */
  #dueAt: number | undefined;
  #cancel = () => {};

  /** @param expire cancels expired orders. @returns when the next one expires; rejects if the broker is not ready */
  constructor(clock: Clock, expire: () => Promise<number | undefined>) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Waits for these orders instead. */
  replace(orders: readonly OrderRow[]): void {
    this.close();
    this.add(orders);
  }

  /** Waits for further orders. */
  add(orders: readonly OrderRow[]): void {
    for (const order of orders) if (isWorking(order) && order.expiresAt !== null) this.#start(order.expiresAt);
  }

  close(): void {
    this.#cancel();
    this.#dueAt = undefined;
  }

  #start(at: number): void {
    if (this.#dueAt !== undefined && this.#dueAt <= at) return;
    this.#cancel();
    this.#dueAt = at;
    const delayMs = Math.min(Math.max(0, at - this.#clock.now()), CHECK_EVERY_MS);
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#dueAt = undefined;
      if (this.#clock.now() < at) return this.#start(at);
      // If it fails, the orders are loaded again, which starts the timer.
      this.#expire().then(
        (next) => next !== undefined && this.#start(next),
        () => {},
      );
    });
  }
}
