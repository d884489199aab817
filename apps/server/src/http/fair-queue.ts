/** Limits of a {@link FairQueue}. */
export interface QueueLimits {
  /** Number of jobs that run concurrently. */
  readonly concurrent: number;
  /** Maximum number of jobs that wait. */
  readonly waiting: number;
}

interface Job {
  start(): void;
  refuse(): void;
}

/**
 * Runs a bounded number of jobs concurrently; others wait. The waiting ones are taken in turn by key, such as the client's
 * address, so that a client with many requests does not delay the others. When too many wait, the newest one of the key
 * with the most is refused.
 */
export class FairQueue {
  readonly #limits: QueueLimits;
  /** Waiting jobs by key; the key whose turn is next comes first. No list is empty. */
  readonly #waiting = new Map<string, Job[]>();
  #running = 0;
  #size = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Number of waiting jobs. */
  get size(): number {
    return this.#size;
  }

  /**
   * Runs a job once it is its turn.
   *
   * @param refused creates the error of a job for which there is no room
   * @throws the job's error, or that of `refused`
   */
  async run<Result>(key: string, job: () => Promise<Result>, refused: () => Error): Promise<Result> {
    if (this.#running < this.#limits.concurrent) this.#running++;
    else await new Promise<void>((start, reject) => this.#wait(key, { start, refuse: () => reject(refused()) }));
    try {
      return await job();
    } finally {
      this.#startNext();
    }
  }

  #wait(key: string, job: Job): void {
    const jobs = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, jobs);
    jobs.push(job);
    this.#size++;
    if (this.#size > this.#limits.waiting) this.#refuseOne(key);
  }

  /** Refuses the newest job of the key with the most; of several such keys, that of the newest job of all. */
  #refuseOne(newest: string): void {
    let longest = newest;
    for (const [key, jobs] of this.#waiting) {
      if (jobs.length > (this.#waiting.get(longest) as Job[]).length) longest = key;
    }
    const jobs = this.#waiting.get(longest) as Job[];
    const job = jobs.pop() as Job;
    if (jobs.length === 0) this.#waiting.delete(longest);
    this.#size--;
    job.refuse();
  }

  /** Passes the place of a finished job to the next one. */
  #startNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    const [key, jobs] = next;
    const job = jobs.shift() as Job;
    this.#waiting.delete(key);
    if (jobs.length > 0) this.#waiting.set(key, jobs);
    this.#size--;
    job.start();
  }
}
