/** One published update. */
interface Published {
  readonly at: number;
  readonly offset: number;
}

/** Records what all nodes have published and which sources ran, and what violates a guarantee. */
export class Journal {
  readonly violations: string[] = [];
  /** Keys whose sources have run on two nodes at the same time. */
  readonly doubled = new Set<string>();
  published = 0;
  delivered = 0;
  gaps = 0;
  recovered = 0;
  ended = 0;
  readonly #now: () => number;
  /** The update at each position, by epoch and offset. */
  readonly #updates = new Map<string, string>();
  /** The last updates of each epoch, oldest first. */
  readonly #recent = new Map<string, Published[]>();
  readonly #sources = new Map<string, Set<object>>();
  /** The topics of each key. */
  readonly #topics = new Map<string, Set<string>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Records a violation. */
  bad(what: string): void {
    if (this.violations.length < 20) this.violations.push(`[${this.#now().toFixed(0)}] ${what}`);
  }

  onPublished(epoch: string, offset: number, id: string): void {
    this.published++;
    const position = `${epoch}/${offset}`;
    const known = this.#updates.get(position);
    if (known !== undefined && known !== id) this.bad(`two updates have the position ${position}: ${known} and ${id}`);
    this.#updates.set(position, id);
    const recent = this.#recent.get(epoch) ?? [];
    this.#recent.set(epoch, recent);
    recent.push({ at: this.#now(), offset });
    if (recent.length > 400) recent.splice(0, 200);
  }

  /** Returns the update that was published at a position. */
  updateAt(epoch: string, offset: number): string | undefined {
    return this.#updates.get(`${epoch}/${offset}`);
  }

  /** Returns the last offset of an epoch that was published at least `ms` ago. */
  offsetBefore(epoch: string, ms: number): number {
    return this.#recent.get(epoch)?.findLast(({ at }) => at < this.#now() - ms)?.offset ?? 0;
  }

  sourceStarted(topic: string, host: object, key: string): void {
    this.sourcesOf(topic).add(host);
    const topics = this.#topics.get(key) ?? new Set();
    this.#topics.set(key, topics.add(topic));
    if (this.hostsOf(key).size > 1) this.doubled.add(key);
  }

  /** Returns the nodes that run sources of a key. */
  hostsOf(key: string): Set<object> {
    return new Set([...(this.#topics.get(key) ?? [])].flatMap((topic) => [...this.sourcesOf(topic)]));
  }

  isRunning(key: string, host: object): boolean {
    return this.hostsOf(key).has(host);
  }

  sourceStopped(topic: string, host: object): void {
    this.sourcesOf(topic).delete(host);
  }

  sourcesOf(topic: string): Set<object> {
    const sources = this.#sources.get(topic) ?? new Set();
    this.#sources.set(topic, sources);
    return sources;
  }
}
