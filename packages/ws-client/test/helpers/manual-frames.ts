/** A `requestFrame` whose frames the test triggers. */
export class ManualFrames {
  #pending: (() => void)[] = [];
  readonly request = (callback: () => void): void => {
    this.#pending.push(callback);
  };

  /** Number of requested frames that have not run yet. */
  get pending(): number {
    return this.#pending.length;
  }

  paint(): void {
    for (const callback of this.#pending.splice(0)) callback();
  }
}
