interface Item {
  readonly id: string;
}

/**
 * The list of orders, or of positions, that the charting host currently shows: its last REST load merged with every update
 * sent to the host since. The merge prevents two errors: a REST reply that is older than the stream cannot revert an item,
 * and a snapshot repeats no change that the host already has.
 */
export class ReconciledList<Kind extends Item> {
  readonly #isFinished: (item: Kind) => boolean;
  /** Undefined until the host's first load, and after a gap until its next load. */
  #known: Map<string, Kind> | undefined;
  /** For each pending load, the updates that arrived since it began. */
  readonly #loads = new Set<Map<string, Kind>>();
  #lastLoad: Map<string, Kind> | undefined;

  /** @param isFinished whether an item is closed, so that a list can omit it: a finished order, a flat position */
  constructor(isFinished: (item: Kind) => boolean) {
    this.#isFinished = isFinished;
  }

  /** Loads the list and merges into it the updates that arrive during the load. */
  async load(read: () => Promise<readonly Kind[]>): Promise<Kind[]> {
    const arrived = new Map<string, Kind>();
    this.#loads.add(arrived);
    this.#lastLoad = arrived;
    try {
      const items = new Map((await read()).map((item) => [item.id, item]));
      for (const [id, item] of arrived) if (items.has(id) || !this.#isFinished(item)) items.set(id, item);
      // Only the most recent load counts: an earlier one can finish after it.
      if (this.#lastLoad === arrived) this.#known = new Map(items);
      return [...items.values()];
    } finally {
      this.#loads.delete(arrived);
    }
  }

  /**
   * Stores an update from the stream and returns the members that the host must be notified of: the changed members, or
   * all members of an item that is new to the host. Returns none if the host has them, or will get them from a load.
   *
   * @param isSnapshot the update is part of a snapshot and not a change
   */
  changes(item: Kind, isSnapshot: boolean): readonly (keyof Kind)[] {
    for (const arrived of this.#loads) arrived.set(item.id, item);
    const before = this.#known?.get(item.id);
    this.#known?.set(item.id, item);
    if (isSnapshot && (this.#known === undefined || (before === undefined && this.#isFinished(item)))) return [];
    const members = Object.keys({ ...before, ...item }) as (keyof Kind)[];
    return members.filter((member) => before === undefined || before[member] !== item[member]);
  }

  /** Removes an item that the server no longer has. If it was repeated by a snapshot, the host would not be notified. */
  remove({ id }: Kind): void {
    this.#known?.delete(id);
    for (const arrived of this.#loads) arrived.delete(id);
  }

  /** Discards the list, because the host is about to load it again. */
  forget(): void {
    this.#known = undefined;
  }
}
