import { defer } from "../defer.js";
import type { BrokerHost } from "./broker-types.js";

/** The figures of the current account that the host displays: in the account manager, and in its order ticket. */
export class AccountFigures {
  readonly balance: { setValue(value: number): void };
  readonly equity: { setValue(value: number): void };
  readonly #host: Pick<BrokerHost, "equityUpdate" | "marginAvailableUpdate">;
  #lastEquity: number | undefined;
  #lastMargin: number | undefined;
  #isMarginSubscribed = false;
  #isDestroyed = false;

  constructor(host: Pick<BrokerHost, "factory" | "equityUpdate" | "marginAvailableUpdate">) {
    this.#host = host;
    this.balance = host.factory.createWatchedValue(0);
    this.equity = host.factory.createWatchedValue(0);
  }

  equityChanged(balance: number, equity: number): void {
    this.#lastEquity = equity;
    this.balance.setValue(balance);
    this.equity.setValue(equity);
    this.#host.equityUpdate(equity);
  }

  marginChanged(marginAvailable: number): void {
    if (this.#lastMargin === marginAvailable) return;
    this.#lastMargin = marginAvailable;
    if (this.#isMarginSubscribed) this.#host.marginAvailableUpdate(marginAvailable);
  }

  /** Sends the current equity again, which an order ticket that opens later has not received. */
  subscribeEquity(): void {
    defer(() => {
      if (this.#lastEquity !== undefined && !this.#isDestroyed) this.#host.equityUpdate(this.#lastEquity);
    });
  }

  subscribeMargin(): void {
    this.#isMarginSubscribed = true;
    defer(() => {
      if (this.#lastMargin !== undefined && this.#isMarginSubscribed)
        this.#host.marginAvailableUpdate(this.#lastMargin);
    });
  }

  unsubscribeMargin(): void {
    this.#isMarginSubscribed = false;
  }

  /** Forgets the figures, because the account or its user is another one. */
  forget(): void {
    this.balance.setValue(0);
    this.equity.setValue(0);
    this.#lastEquity = undefined;
    this.#lastMargin = undefined;
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#isMarginSubscribed = false;
  }
}
