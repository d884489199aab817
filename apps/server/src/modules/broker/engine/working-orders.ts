import { PriceLevels } from "./price-levels.js";
import type { Amount, OrderRow, Side } from "./rows.js";

/** The working orders of one symbol, indexed by what they wait for. No call depends on how many there are. */
export class WorkingOrders {
  readonly #byId = new Map<string, OrderRow>();
  /** Orders that wait for a quantity only. The price of all is 0. */
  readonly #market = { 1: new PriceLevels(), [-1]: new PriceLevels() };
  readonly #limits = { 1: new PriceLevels(), [-1]: new PriceLevels() };
  /** Stops whose price was not reached yet. */
  readonly #stops = { 1: new PriceLevels(), [-1]: new PriceLevels() };

  get size(): number {
    return this.#byId.size;
  }

  put(order: OrderRow): void {
    const before = this.#byId.get(order.id);
    this.#byId.set(order.id, order);
    if (before && (priceOf(before) !== priceOf(order) || this.#indexOf(before) !== this.#indexOf(order)))
      this.#indexOf(before).delete(priceOf(before), order.id);
    this.#indexOf(order).put(priceOf(order), order);
  }

  delete(id: string): void {
    const order = this.#byId.get(id);
    if (!order) return;
    this.#byId.delete(id);
    this.#indexOf(order).delete(priceOf(order), id);
  }

  /** Returns the stop orders that are reached at a price, the earliest first. */
  reachedStops(last: Amount): OrderRow[] {
    // mutant: is-stop-reached
    const reached = [...this.#stops[1].through(last), ...this.#stops[-1].downTo(last)];
    return reached.sort((one, other) => one.priority - other.priority);
  }

  /**
   * Returns the order of a side that is filled next at a price: market orders first, then better limits, then earlier
   * orders.
   */
  best(side: Side, price: Amount): OrderRow | undefined {
    const limit = side === 1 ? this.#limits[1].highest : this.#limits[-1].lowest;
    const within = limit && isWithinLimit(limit, price) ? limit : undefined;
    const market = this.#market[side].lowest;
    return /* mutant: market-orders-first */ market !== undefined ? market : within;
  }

  /**
   * Returns the first price between two at which a stop is reached or a limit can be filled, when the last price moves
   * from one to the other; undefined if there is none. The start is left out, the end included.
   *
   * @param gaps distances of ask and bid from the last price
   */
  nextPrice(from: Amount, to: Amount, gaps: { readonly ask: Amount; readonly bid: Amount }): Amount | undefined {
    const isUp = to > from;
    // Buy limits are filled at last + ask gap, so their order prices are reached at the price minus that gap.
    const [stops, limits, gap] = isUp
      ? [this.#stops[1], this.#limits[-1], gaps.bid]
      : [this.#stops[-1], this.#limits[1], -gaps.ask];
    const prices = isUp
      ? [stops.above(from), add(limits.above(from - gap), gap)]
      : [stops.below(from), add(limits.below(from - gap), gap)];
    const between = prices.filter(
      (price): price is Amount => price !== undefined && (isUp ? price <= to : price >= to),
    );
    return between.reduce<Amount | undefined>(
      (first, price) => (first === undefined || price < first === isUp ? price : first),
      undefined,
    );
  }

  #indexOf({ side, limitPrice, stopPrice, isTriggered }: OrderRow): PriceLevels {
    if (stopPrice !== null && !isTriggered) return this.#stops[side];
    return limitPrice === null ? this.#market[side] : this.#limits[side];
  }
}

/** Returns the price that an order waits for; 0 if it waits for none. */
function priceOf({ limitPrice, stopPrice, isTriggered }: OrderRow): Amount {
  return (stopPrice !== null && !isTriggered ? stopPrice : limitPrice) ?? 0n;
}

function isWithinLimit({ limitPrice, side }: OrderRow, price: Amount): boolean {
  // mutant: is-within-limit
  return limitPrice !== null && (side === 1 ? price <= limitPrice : price >= limitPrice);
}

function add(price: Amount | undefined, gap: Amount): Amount | undefined {
  return price === undefined ? undefined : price + gap;
}
