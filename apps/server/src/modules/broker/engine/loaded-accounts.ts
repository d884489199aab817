/** Time after its last use and change for which an account without working orders and open positions stays in memory. */
const IDLE_MS = 900_000;

/** Maximum number of accounts that one call of `idle` looks at, so that it takes well under a millisecond. */
const MAX_CHECKED = 1_000;

/** The accounts whose rows are in memory, in the order of their last use. */
export class LoadedAccounts {
  /** False if all accounts are in memory, those that do not exist yet included. */
  readonly #isPartial: boolean;
  readonly #usedAt = new Map<string, number>();

  constructor(isPartial: boolean) {
    this.#isPartial = isPartial;
  }

  has(id: string): boolean {
    return !this.#isPartial || this.#usedAt.has(id);
  }

  add(id: string, now: number): void {
    if (this.#isPartial) this.#usedAt.set(id, now);
  }

  /**
   * Notes that an account is used.
   *
   * @throws {Error} if its rows are not in memory: it would be opened a second time, with another deposit
   */
  use(id: string, now: number): void {
    if (!this.#isPartial) return;
    // mutant: assert-loaded
    if (!this.#usedAt.has(id)) throw new Error(`The rows of account ${JSON.stringify(id)} are not loaded`);
    // Moves it to the end.
    this.#usedAt.delete(id);
    this.#usedAt.set(id, now);
  }

  /** Removes and returns accounts that have not been used for long. @param isNeeded whether an account must stay */
  takeIdle(now: number, isNeeded: (id: string) => boolean): string[] {
    const idle: string[] = [];
    let checked = 0;
    for (const [id, usedAt] of this.#usedAt) {
      if (now - usedAt < IDLE_MS || ++checked > MAX_CHECKED) break;
      this.#usedAt.delete(id);
      // mutant: keep-needed
      if (isNeeded(id)) this.#usedAt.set(id, now);
      else idle.push(id);
    }
    return idle;
  }
}
