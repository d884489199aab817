/** Queues pieces of work so that each turn of the event loop runs at most one of them, in the order of their requests. */
export class TurnQueue {
  #last: Promise<void> = Promise.resolve();

  /** Resolves in a separate turn, after all earlier calls. */
  next(): Promise<void> {
    this.#last = this.#last.then(nextTurn);
    return this.#last;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
