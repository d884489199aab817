import type { Message } from "@trading/topic";

/**
 * Sends replies as they become ready, in order within each lane.
 *
 * Sources start concurrently, so replies become ready in any order. Replies for one topic keep the order of their requests,
 * and so do replies of one type without an `id`: a client without ids matches replies to requests by their order.
 */
export class ReplyQueue {
  readonly #lastOf = new Map<string, Promise<void>>();
  #size = 0;

  /** Number of replies that have not been sent. */
  get size(): number {
    return this.#size;
  }

  /** Returns whether a reply of one of the lanes has not been sent, so that a further one has to wait. */
  isBusy(lanes: readonly string[]): boolean {
    return lanes.some((lane) => this.#lastOf.has(lane));
  }

  /**
   * @param lanes the lanes in which the reply keeps its order
   * @param reply never rejects
   * @param send called with the reply when its turn has come
   */
  enqueue<Reply>(lanes: readonly string[], reply: Reply | Promise<Reply>, send: (reply: Reply) => void): void {
    this.#size++;
    const earlier = lanes.map((lane) => this.#lastOf.get(lane));
    const sent = Promise.all([reply, /* mutant: await-earlier-replies */ ...earlier]).then(([ready]) => {
      this.#size--;
      send(ready);
      for (const lane of lanes) {
        if (this.#lastOf.get(lane) === sent) this.#lastOf.delete(lane);
      }
    });
    for (const lane of lanes) this.#lastOf.set(lane, sent);
  }
}

/** Returns the lanes in which a reply keeps its order. */
export function lanesOf({ type, id }: Message, topic: string | undefined): string[] {
  return [...(topic === undefined ? [] : [topic]), ...(id === undefined ? [type] : [])];
}
