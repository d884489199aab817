/** A two-level map: rows by group and key. */
export class Grouped<Row> {
  readonly #groups = new Map<string, Map<string, Row>>();

  get(group: string, key: string): Row | undefined {
    return this.#groups.get(group)?.get(key);
  }

  /** Returns the rows of a group in insertion order. The iterable is live: rows can be changed while it is read. */
  of(group: string): Iterable<Row> {
    return this.#groups.get(group)?.values() ?? [];
  }

  size(group: string): number {
    return this.#groups.get(group)?.size ?? 0;
  }

  set(group: string, key: string, row: Row): void {
    const rows = this.#groups.get(group) ?? new Map<string, Row>();
    this.#groups.set(group, rows.set(key, row));
  }

  delete(group: string, key: string): void {
    const rows = this.#groups.get(group);
    rows?.delete(key);
    if (rows?.size === 0) this.#groups.delete(group);
  }
}
