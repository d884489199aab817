import type { Clock } from "../platform/clock.js";
import type { Principal } from "./auth.js";

/** The wall clock may jump, so how long a token has left is looked at anew at least so often. */
const LOOK_EVERY_MS = 30_000;

/** What a login tells its connection. */
export interface TokenExpiryListener {
  /** The token runs out in so many milliseconds. Called once a token. */
  onExpiring(leftMs: number): void;
  /** The token has run out. Called once, and never while the login is made. */
  onExpired(): void;
}

/** Who a connection acts for, and for how long its token says so. */
export class TokenExpiry {
  readonly principal: Principal;
  readonly #clock: Clock;
  readonly #listener: TokenExpiryListener;
  readonly #warnAtMs: number;
  #hasWarned = false;
  #cancel = () => {};

  /** @param warnMs how long before its end the token's end is told; half of what it has left, where that is less */
  constructor(principal: Principal, clock: Clock, warnMs: number, listener: TokenExpiryListener) {
    this.principal = principal;
    this.#clock = clock;
    this.#listener = listener;
    const { expiresAt } = principal;
    this.#warnAtMs = expiresAt === undefined ? 0 : Math.min(warnMs, (expiresAt - clock.now()) / 2);
    if (expiresAt !== undefined) this.#wait(expiresAt);
  }

  /** Another token has taken this one's place, or the connection has ended. */
  end(): void {
    this.#cancel();
  }

  #look(expiresAt: number): void {
    const leftMs = expiresAt - this.#clock.now();
    if (leftMs <= 0) {
      this.#listener.onExpired();
      return;
    }
    if (leftMs <= this.#warnAtMs && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#listener.onExpiring(Math.ceil(leftMs));
    }
    this.#wait(expiresAt);
  }

  /** Until the next moment at which something is to be told. It may have passed already. */
  #wait(expiresAt: number): void {
    const leftMs = expiresAt - this.#clock.now();
    const nextMs = leftMs > this.#warnAtMs ? leftMs - this.#warnAtMs : Math.max(0, leftMs);
    this.#cancel = this.#clock.after(Math.min(nextMs, LOOK_EVERY_MS), () => this.#look(expiresAt));
  }
}
