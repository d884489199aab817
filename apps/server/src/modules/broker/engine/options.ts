/** How accounts are run. */
export interface EngineOptions {
  /** What is paid in when an account is opened, in its currency. @default 100_000 */
  readonly deposit?: number;
  /** Of accounts. Only instruments of the same currency can be traded. @default "USD" */
  readonly currency?: string;
  /** Of an account when it is opened: a whole number. 1 = only what was paid in. @default 1 */
  readonly leverage?: number;
  /** The most that an account's leverage may be set to. 1 = it stays at 1. @default 20 */
  readonly maxLeverage?: number;
  /** How many orders of an account may work at once, brackets not counted. 0 = as many as it likes. @default 200 */
  readonly maxWorkingOrders?: number;
  /**
   * How long a finished order is listed, and its idempotency key holds. In milliseconds; 0 = not at all.
   * @default 600_000
   */
  readonly finishedForMs?: number;
}

/** @throws {RangeError} */
export function checkedOptions(options: EngineOptions): Required<EngineOptions> {
  const { deposit = 100_000, currency = "USD", leverage = 1, maxLeverage = 20 } = options;
  const { maxWorkingOrders = 200, finishedForMs = 600_000 } = options;
  if (!(deposit >= 0 && deposit < 1e9)) throw new RangeError(`deposit is ${deposit}: give a number from 0, below 1e9`);
  if (!(Number.isInteger(maxLeverage) && maxLeverage >= 1 && maxLeverage <= 1_000)) {
    throw new RangeError(`maxLeverage is ${maxLeverage}: give a whole number from 1 to 1000`);
  }
  if (!(Number.isInteger(leverage) && leverage >= 1 && leverage <= maxLeverage)) {
    throw new RangeError(`leverage is ${leverage}: give a whole number from 1 to maxLeverage, ${maxLeverage}`);
  }
  for (const [name, value] of Object.entries({ maxWorkingOrders, finishedForMs })) {
    if (!(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`${name} is ${value}: give 0 or more, whole`);
  }
  return { deposit, currency, leverage, maxLeverage, maxWorkingOrders, finishedForMs };
}
