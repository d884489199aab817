/** Number of requests over which the duration of a flow's requests is averaged. */
const AVERAGED_REQUESTS = 8;

/** The use of the requests of a client, or of a group of clients, whose time is shared fairly. Only its queue changes it. */
export class Flow {
  /** The virtual time at which its last request finished. */
  finishTime = Number.NEGATIVE_INFINITY;
  /** The average duration of its requests, in milliseconds. */
  averageMs = 0;
}

interface Entry<Member> {
  readonly member: Member;
  readonly startTime: number;
  /** The finish time of its flow when it was added. */
  readonly finishTime: number;
  readonly order: number;
  /** The index in the heap. */
  index: number;
}

/**
 * Waiting flows in the order of start-time fair queueing (Goyal, Vin and Cheng, 1996).
 *
 * Virtual time advances to the start of each request. A request starts when the last one of its flow has finished, or
 * immediately if that is past. So flows that always wait get the same time each, and one that uses less than that starts
 * immediately: before all of those, regardless of their number. Of several that start at the same time, the one whose last
 * request finished first is next, so a flow that was idle for long does not wait for those that have just been served.
 */
export class FlowQueue<Member extends { readonly flow: Flow }> {
  readonly #entries = new Map<Member, Entry<Member>>();
  /** A binary heap. */
  readonly #heap: Entry<Member>[] = [];
  #time = 0;
  #added = 0;

  /** Number of waiting members. */
  get size(): number {
    return this.#heap.length;
  }

  /** The member whose request is next. */
  get next(): Member | undefined {
    return this.#heap[0]?.member;
  }

  /** Adds a member with a waiting request, unless it waits already. */
  add(member: Member): void {
    if (this.#entries.has(member)) return;
    const { finishTime } = member.flow;
    // mutant: start-at-virtual-time
    const startTime = Math.max(this.#time, finishTime);
    const entry = { member, startTime, finishTime, order: this.#added++, index: this.#heap.length };
    this.#entries.set(member, entry);
    this.#heap.push(entry);
    this.#siftUp(entry);
  }

  /** Removes a member, if it waits. */
  delete(member: Member): void {
    const entry = this.#entries.get(member);
    if (entry === undefined) return;
    this.#entries.delete(member);
    const last = this.#heap.pop() as Entry<Member>;
    if (last === entry) return;
    this.#place(last, entry.index);
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** Starts requests of a member, and removes it. It can be any member; virtual time follows the next one. */
  start(member: Member): void {
    const entry = this.#heap.length === 0 ? undefined : this.#entries.get(member);
    if (entry === undefined) {
      this.#time = Math.max(this.#time, member.flow.finishTime);
      return;
    }
    if (entry.index === 0) this.#time = entry.startTime;
    this.delete(member);
  }

  /**
   * Finishes the requests that were started. Each counts for the average duration: a pause of the process, such as a garbage
   * collection, hits any request, and would otherwise delay the next ones of a client that uses little.
   *
   * @param durationMs that of all of them together
   */
  finish({ flow }: Member, durationMs: number, requests: number): void {
    const weight = Math.min(requests / AVERAGED_REQUESTS, 1);
    // mutant: average-of-each
    flow.averageMs += (durationMs / requests - flow.averageMs) * weight;
    flow.finishTime = Math.max(this.#time, flow.finishTime) + requests * flow.averageMs;
  }

  #siftUp(entry: Entry<Member>): void {
    while (entry.index > 0) {
      const { index } = entry;
      const parent = this.#heap[(index - 1) >> 1] as Entry<Member>;
      if (isBefore(parent, entry)) return;
      this.#place(entry, parent.index);
      this.#place(parent, index);
    }
  }

  #siftDown(entry: Entry<Member>): void {
    for (;;) {
      const { index } = entry;
      const [left, right] = [this.#heap[2 * index + 1], this.#heap[2 * index + 2]];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(entry, child)) return;
      this.#place(entry, child.index);
      this.#place(child, index);
    }
  }

  #place(entry: Entry<Member>, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  if (one.startTime !== other.startTime) return one.startTime < other.startTime;
  // mutant: least-recent-first
  if (one.finishTime !== other.finishTime) return one.finishTime < other.finishTime;
  return one.order < other.order;
}
