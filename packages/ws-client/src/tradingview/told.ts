/** Something that is told as it stands, by its id. */
interface Item {
  readonly id: string;
}

/**
 * What the host knows of the orders, or of the positions, of an account: what it loaded, with what it was told since. So a
 * reply that was overtaken by the stream is brought up to date, and a state that arrives tells only what is new in it.
 */
export class Told<Kind extends Item> {
  readonly #isOver: (item: Kind) => boolean;
  /** Undefined until the host has loaded, and again after a gap. */
  #known: Map<string, Kind> | undefined;
  /** What has arrived since a load began, for each that is under way. */
  readonly #loads = new Set<Map<string, Kind>>();
  #lastLoad: Map<string, Kind> | undefined;

  /** @param isOver whether nothing is left of it: a finished order, a flat position */
  constructor(isOver: (item: Kind) => boolean) {
    this.#isOver = isOver;
  }

  /** What the server has, with what arrived while it was asked. */
  async load(read: () => Promise<readonly Kind[]>): Promise<Kind[]> {
    const arrived = new Map<string, Kind>();
    this.#loads.add(arrived);
    this.#lastLoad = arrived;
    try {
      const items = new Map((await read()).map((item) => [item.id, item]));
      for (const [id, item] of arrived) if (items.has(id) || !this.#isOver(item)) items.set(id, item);
      // A reply to an earlier question tells less.
      if (this.#lastLoad === arrived) this.#known = new Map(items);
      return [...items.values()];
    } finally {
      this.#loads.delete(arrived);
    }
  }

  /**
   * Takes an item from the stream. Returns what the host is to be told: the members that have changed, all of them where
   * it did not know it; nothing where it knows all, or will by a load.
   *
   * @param isState it is part of the present state, not news
   */
  changes(item: Kind, isState: boolean): readonly (keyof Kind)[] {
    for (const arrived of this.#loads) arrived.set(item.id, item);
    const before = this.#known?.get(item.id);
    this.#known?.set(item.id, item);
    if (isState && (this.#known === undefined || (before === undefined && this.#isOver(item)))) return [];
    const members = Object.keys({ ...before, ...item }) as (keyof Kind)[];
    return members.filter((member) => before === undefined || before[member] !== item[member]);
  }

  /** The host is told to load anew. */
  forget(): void {
    this.#known = undefined;
  }
}
