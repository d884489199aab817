/** A map of the most recently used, at most so many: a bounded cache of what can be made again. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  /** The value of a key, made where it is not there. */
  get(key: Key, make: () => Value): Value {
    const value = this.peek(key) ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#size) this.#entries.delete(oldest as Key);
    return value;
  }

  peek(key: Key): Value | undefined {
    return this.#entries.get(key);
  }
}
