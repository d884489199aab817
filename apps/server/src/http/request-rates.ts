import { addressGroup, type Clock } from "@trading/ws-server";
import { Problem } from "./problem.js";
import { RateLimit } from "./rate-limit.js";
import type { RefusalReason, Refusals } from "./refusals.js";

/** Maximum rates of requests per second. 0 turns a limit off. */
export interface RateOptions {
  /** Of one address, where an IPv6 /64 counts as one. @default 0 */
  readonly perAddress?: number | undefined;
  /** Of one authenticated user. @default 0 */
  readonly perUser?: number | undefined;
  /** Of requests that change one account, such as orders. @default 0 */
  readonly perAccount?: number | undefined;
}

type LimitName = Extract<RefusalReason, `rate_${string}`>;

/** Seconds of the sustained rate that a client can use in one burst, after an idle period. */
const BURST_SECONDS = 10;

/** Limits the rates of requests, by address, user and account. A refused request gets 429 with `retry-after`. */
export class RequestRates {
  #limits: Readonly<Record<LimitName, RateLimit>>;
  readonly #clock: Clock;
  readonly #refusals: Refusals;

  constructor(rates: RateOptions, clock: Clock, refusals: Refusals) {
    this.#clock = clock;
    this.#refusals = refusals;
    this.#limits = this.#limitsOf(rates);
  }

  /** Replaces the rates. Every client starts with a complete burst. */
  setRates(rates: RateOptions): void {
    this.#limits = this.#limitsOf(rates);
  }

  /** Counts a request of an address. @throws Problem 429 */
  takeOfAddress(address: string, path: string): void {
    this.#take("rate_address", addressGroup(address), "address", { address, path: path.split("?")[0] });
  }

  /** Counts a request of an authenticated user. @throws Problem 429 */
  takeOfUser(subject: string): void {
    this.#take("rate_user", subject, "user", { user: subject });
  }

  /** Counts a request that changes an account. @throws Problem 429 */
  takeOfAccount(accountId: string): void {
    this.#take("rate_account", accountId, "account", { account: accountId });
  }

  #limitsOf({ perAddress = 0, perUser = 0, perAccount = 0 }: RateOptions): Record<LimitName, RateLimit> {
    const limit = (perSecond: number) => new RateLimit({ perSecond, burst: perSecond * BURST_SECONDS }, this.#clock);
    return { rate_address: limit(perAddress), rate_user: limit(perUser), rate_account: limit(perAccount) };
  }

  #take(reason: LimitName, key: string, whose: string, fields: Record<string, unknown>) {
    const waitMs = this.#limits[reason].take(key);
    if (waitMs === 0) return;
    this.#refusals.record(reason, fields);
    const seconds = Math.ceil(waitMs / 1_000);
    const detail = `Too many requests of this ${whose}: try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
    throw new Problem(429, detail, undefined, { "retry-after": `${seconds}` });
  }
}
