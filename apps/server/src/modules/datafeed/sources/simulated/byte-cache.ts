/** A value that knows its size. */
interface Sized {
  readonly byteLength: number;
}

/** A cache that evicts the least recently used values once their bytes exceed a limit. */
export class ByteCache<Key, Value extends Sized> {
  readonly #entries = new Map<Key, Value>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of all values. At most the limit. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the value of a key, which becomes the most recently used one. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Adds a value. One that is larger than the limit is not kept. */
  set(key: Key, value: Value): void {
    this.#delete(key);
    this.#entries.set(key, value);
    this.#bytes += value.byteLength;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#delete(oldest);
    }
  }

  #delete(key: Key): void {
    this.#bytes -= this.#entries.get(key)?.byteLength ?? 0;
    this.#entries.delete(key);
  }
}
