import type { Clock } from "../platform/clock.js";
import type { Principal } from "./auth.js";

/** Maximum delay between two checks of the remaining time, because the computer's clock can jump. */
const CHECK_EVERY_MS = 30_000;

export interface TokenExpiryListener {
  /** The token expires in `leftMs` milliseconds. Called once. */
  onExpiring(leftMs: number): void;
  /** The token has expired. Called once, and never synchronously by the constructor. */
  onExpired(): void;
}

/** The principal of a connection, and the expiry of its token. */
export class TokenExpiry {
  readonly principal: Principal;
  readonly #clock: Clock;
  readonly #listener: TokenExpiryListener;
  readonly #warnAtMs: number;
  #hasWarned = false;
  #cancel = () => {};

  /** @param warnMs time before the expiry at which `onExpiring` is called; at most half of the token's remaining time */
  constructor(principal: Principal, clock: Clock, warnMs: number, listener: TokenExpiryListener) {
    this.principal = principal;
    this.#clock = clock;
    this.#listener = listener;
    const { expiresAt } = principal;
    this.#warnAtMs = expiresAt === undefined ? 0 : Math.min(warnMs, (expiresAt - clock.now()) / 2);
    if (expiresAt !== undefined) this.#schedule(expiresAt);
  }

  /** Stops the timer, because another token has replaced this one or the connection has closed. */
  stop(): void {
    this.#cancel();
  }

  #check(expiresAt: number): void {
    const leftMs = expiresAt - this.#clock.now();
    if (leftMs <= 0) {
      this.#listener.onExpired();
      return;
    }
    if (leftMs <= this.#warnAtMs && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#listener.onExpiring(Math.ceil(leftMs));
    }
    this.#schedule(expiresAt);
  }

  /** Schedules the check at the warning or at the expiry, whichever is next. Both may have passed already. */
  #schedule(expiresAt: number): void {
    const leftMs = expiresAt - this.#clock.now();
    const nextMs = leftMs > this.#warnAtMs ? leftMs - this.#warnAtMs : Math.max(0, leftMs);
    this.#cancel = this.#clock.after(Math.min(nextMs, CHECK_EVERY_MS), () => this.#check(expiresAt));
  }
}
