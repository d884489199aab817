/**
 * Sends replies as they become ready, but none past another of its lane.
 *
 * Starts run side by side, so answers come in any order. All replies of one topic keep the order of their requests, and
 * so do those without an `id` of one type, since a peer without ids tells them apart by order alone.
 */
export class ReplyQueue {
  readonly #lastOf = new Map<string, Promise<void>>();
  #size = 0;

  /** How many were not sent yet. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param lanes what the reply must keep its order in
   * @param answer what to send; never rejects
   * @param send called with the answer, in turn
   */
  enqueue<Answer>(lanes: readonly string[], answer: Promise<Answer>, send: (answer: Answer) => void): void {
    this.#size++;
    const earlier = lanes.map((lane) => this.#lastOf.get(lane));
    const sent = Promise.all([answer, ...earlier]).then(([ready]) => {
      this.#size--;
      send(ready);
      for (const lane of lanes) {
        if (this.#lastOf.get(lane) === sent) this.#lastOf.delete(lane);
      }
    });
    for (const lane of lanes) this.#lastOf.set(lane, sent);
  }
}
