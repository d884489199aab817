/** Runs asynchronous functions one after the other. */
export class Turns {
  /** Settles when all previous functions have finished. */
  #before: Promise<unknown> = Promise.resolve();

  /** Runs a function after all previous ones have settled. @returns its result */
  run<Result>(run: () => Promise<Result>): Promise<Result> {
    const done = this.#before.then(run);
    this.#before = done.catch(() => {});
    return done;
  }
}
