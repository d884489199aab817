/** A bounded cache that evicts the least recently used entries. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  /** Returns the value of a key; creates it if missing. */
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
