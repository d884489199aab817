import type { Amount, OrderRow } from "./rows.js";

interface Level {
  /** By id, in ascending order of priority. */
  orders: Map<string, OrderRow>;
  lastPriority: number;
}

/** Orders by price: ascending prices, and ascending priorities at one price. */
export class PriceLevels {
  readonly #prices: Amount[] = [];
  readonly #levels = new Map<Amount, Level>();

  /** Adds an order, or replaces the one with its id at this price. */
  put(price: Amount, order: OrderRow): void {
    const level = this.#levels.get(price) ?? this.#insert(price);
    const before = level.orders.get(order.id);
    if (before?.priority !== order.priority) level.orders.delete(order.id);
    level.orders.set(order.id, order);
    // Priorities ascend, so that only the rows of a store come in another order.
    if (order.priority < level.lastPriority && before?.priority !== order.priority) {
      level.orders = new Map([...level.orders].sort(([, one], [, other]) => one.priority - other.priority));
    }
    level.lastPriority = Math.max(level.lastPriority, order.priority);
  }

  delete(price: Amount, id: string): void {
    const level = this.#levels.get(price);
    if (!level?.orders.delete(id) || level.orders.size > 0) return;
    this.#levels.delete(price);
    this.#prices.splice(this.#from(price), 1);
  }

  /** Returns the first order at the lowest price; undefined if there is none. */
  get lowest(): OrderRow | undefined {
    return this.#first(this.#prices[0]);
  }

  /** Returns the first order at the highest price; undefined if there is none. */
  get highest(): OrderRow | undefined {
    return this.#first(this.#prices.at(-1));
  }

  /** Returns the orders from the lowest price up to and including one. */
  through(price: Amount): OrderRow[] {
    return this.#ordersAt(this.#prices.slice(0, this.#from(price + 1n)));
  }

  /** Returns the orders from the highest price down to and including one. */
  downTo(price: Amount): OrderRow[] {
    return this.#ordersAt(this.#prices.slice(this.#from(price)));
  }

  /** Returns the lowest price above a price; undefined if there is none. */
  above(price: Amount): Amount | undefined {
    return this.#prices[this.#from(price + 1n)];
  }

  /** Returns the highest price below a price; undefined if there is none. */
  below(price: Amount): Amount | undefined {
    return this.#prices[this.#from(price) - 1];
  }

  #ordersAt(prices: readonly Amount[]): OrderRow[] {
    return prices.flatMap((price) => [...(this.#levels.get(price)?.orders.values() ?? [])]);
  }

  #first(price: Amount | undefined): OrderRow | undefined {
    if (price === undefined) return undefined;
    // mutant: first-order-only
    for (const order of this.#levels.get(price)?.orders.values() ?? []) return order;
    return undefined;
  }

  #insert(price: Amount): Level {
    const level = { orders: new Map<string, OrderRow>(), lastPriority: 0 };
    this.#levels.set(price, level);
    this.#prices.splice(this.#from(price), 0, price);
    return level;
  }

  /** Returns the index of the first price that is not below a price. */
  #from(price: Amount): number {
    let [low, high] = [0, this.#prices.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#prices[middle] as Amount) < price) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
