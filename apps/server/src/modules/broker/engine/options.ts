/** Rules for accounts. */
export interface EngineOptions {
  /** Initial deposit of an account, in its currency. @default 100_000 */
  readonly deposit?: number;
  /** Currency of accounts. Only instruments in the same currency can be traded. @default "USD" */
  readonly currency?: string;
  /** Initial leverage of an account, an integer. 1 = no borrowing. @default 1 */
  readonly leverage?: number;
  /** Maximum leverage that can be set for an account. 1 = leverage is disabled. @default 20 */
  readonly maxLeverage?: number;
  /** Maximum number of working orders per account, without brackets. 0 = no limit. @default 200 */
  readonly maxWorkingOrders?: number;
  /**
   * Milliseconds for which a finished order is listed and its idempotency key stays valid. 0 = not at all.
   *
   * @default 600_000
   */
  readonly finishedForMs?: number;
}

/** Applies the defaults. @throws {RangeError} for invalid options */
export function checkedOptions(options: EngineOptions): Required<EngineOptions> {
  const { deposit = 100_000, currency = "USD", leverage = 1, maxLeverage = 20 } = options;
  const { maxWorkingOrders = 200, finishedForMs = 600_000 } = options;
  if (!(deposit >= 0 && deposit < 1e9))
    throw new RangeError(`Invalid deposit ${deposit}: expected a number from 0, below 1e9`);
  if (!(Number.isInteger(maxLeverage) && maxLeverage >= 1 && maxLeverage <= 1_000)) {
    throw new RangeError(`Invalid maxLeverage ${maxLeverage}: expected a whole number from 1 to 1000`);
  }
  if (!(Number.isInteger(leverage) && leverage >= 1 && leverage <= maxLeverage)) {
    throw new RangeError(`Invalid leverage ${leverage}: expected a whole number from 1 to maxLeverage, ${maxLeverage}`);
  }
  for (const [name, value] of Object.entries({ maxWorkingOrders, finishedForMs })) {
    if (!(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`Invalid ${name} ${value}: expected a whole number of at least 0`);
  }
  return { deposit, currency, leverage, maxLeverage, maxWorkingOrders, finishedForMs };
}
