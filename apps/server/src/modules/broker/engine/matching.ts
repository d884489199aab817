import { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";
import { averagePrice, floorDiv, lastDecimal, min, notional, toText } from "./amount.js";
import { fitToPosition, putBrackets } from "./brackets.js";
import type { Instrument } from "./instrument.js";
import { isWorking, type Ledger } from "./ledger.js";
import { type Margin, marginShortage } from "./margin.js";
import type { Offer, Offers } from "./offers.js";
import type { AccountRow, Amount, OrderRow, PositionRow, Side } from "./rows.js";

/** Fills orders at the available prices and quantities. */
export class Matching {
  readonly #instruments: ReadonlyMap<string, Instrument>;
  readonly #ledger: Ledger;
  readonly #offers: Offers;
  readonly #margin: Margin;

  constructor(instruments: ReadonlyMap<string, Instrument>, ledger: Ledger, offers: Offers, margin: Margin) {
    this.#instruments = instruments;
    this.#ledger = ledger;
    this.#offers = offers;
    this.#margin = margin;
  }

  /** Triggers and fills orders of a symbol until no quantity or no matching order is left. */
  run(symbol: string, now: number): void {
    do this.#trigger(symbol, now);
    while (this.#fillSide(symbol, 1, now) || this.#fillSide(symbol, -1, now));
  }

  /** Returns whether an order that was just placed can be filled completely now. */
  canFillAll(order: OrderRow): boolean {
    const { symbol, side, qty } = order;
    const offer = this.#offers.for(symbol, side);
    const isFirst = offer !== undefined && this.#ledger.working(symbol)?.best(side, offer.price)?.id === order.id;
    return isFirst && offer.qty >= qty;
  }

  /** Converts stop orders whose stop price was reached into market or limit orders, behind the existing ones. */
  #trigger(symbol: string, now: number): void {
    const last = this.#offers.last(symbol);
    // A stop that an old price triggers would be filled at the next one, which may not have reached it.
    // mutant: trigger-at-new-price
    if (last === undefined || this.#offers.isOld(symbol)) return;
    for (const order of this.#ledger.working(symbol)?.reachedStops(last) ?? []) {
      this.#ledger.putOrder({
        ...order,
        isTriggered: true,
        /* mutant: requeue-stop */ priority: this.#ledger.next(),
        updatedAt: now,
      });
    }
  }

  /**
   * Fills the orders of one side.
   *
   * @returns true if a fill created new orders, which may have to be triggered or filled before the remaining ones
   */
  #fillSide(symbol: string, side: Side, now: number): boolean {
    while (true) {
      const offer = this.#offers.for(symbol, side);
      if (!offer || offer.qty === 0n) return false;
      const order = this.#ledger.working(symbol)?.best(side, offer.price);
      if (!order) return false;
      if (this.#fill(order, offer, now)) return true;
    }
  }

  /**
   * Executes one fill, which either closes or opens: a reversal takes two fills.
   *
   * @returns whether it created brackets
   */
  #fill(order: OrderRow, offer: Offer, now: number): boolean {
    const { accountId, symbol, side } = order;
    const account = this.#ledger.account(accountId)!;
    const position = this.#ledger.position(accountId, symbol);
    const wanted = /* mutant: limit-to-offer */ min(order.qty - order.filledQty, offer.qty);
    const isClosing = position !== undefined && position.side !== side;
    const qty = /* mutant: split-at-zero */ isClosing ? min(wanted, position.qty) : wanted;
    const short = marginShortage(this.#margin.need(account, symbol, side, qty, offer.price), account.currency);
    // mutant: check-margin
    if (short) {
      this.#reject(order, short.message, now);
      return false;
    }
    // mutant: use-up-offer
    this.#offers.take(symbol, side, qty);
    const filled = this.#recordFill(order, qty, offer.price, now);
    const realized = isClosing ? this.#close(account, position, qty, offer.price, now) : 0n;
    const hasBrackets = !isClosing && this.#open(filled, position, qty, offer.price, now);
    const { price } = offer;
    this.#ledger.addExecution({ accountId, orderId: order.id, symbol, side, price, qty, realized, time: now });
    this.#notifyFill(filled, qty, price, now);
    fitToPosition(this.#ledger, accountId, symbol, now);
    return hasBrackets;
  }

  #recordFill(order: OrderRow, qty: Amount, price: Amount, now: number): OrderRow {
    const filledQty = order.filledQty + qty;
    const filledValue = order.filledValue + notional(price, qty);
    const filled = { ...order, filledQty, filledValue, updatedAt: now };
    return filledQty === order.qty
      ? this.#ledger.finishOrder(filled, ORDER_STATUS.filled, now)
      : this.#ledger.putOrder(filled);
  }

  /**
   * Reduces a position. @returns the realized profit. The cost is divided by quantity and rounded down; the remainder
   * stays with the position
   */
  #close(account: AccountRow, position: PositionRow, qty: Amount, price: Amount, now: number): Amount {
    const cost = floorDiv(position.cost * qty, position.qty);
    const realized = /* mutant: profit-sign */ BigInt(position.side) * (notional(price, qty) - cost);
    this.#ledger.putPosition({ ...position, qty: position.qty - qty, cost: position.cost - cost, updatedAt: now });
    this.#ledger.putAccount({ ...account, realized: account.realized + /* mutant: add-realized */ realized });
    return realized;
  }

  /** Opens or increases a position. @returns whether it created brackets */
  #open(order: OrderRow, before: PositionRow | undefined, opened: Amount, price: Amount, now: number): boolean {
    const { accountId, symbol, side, takeProfit, stopLoss } = order;
    const qty = (before?.qty ?? 0n) + opened;
    const cost = (before?.cost ?? 0n) + notional(price, opened);
    const position: PositionRow = { id: symbol, accountId, symbol, side, qty, cost, updatedAt: now };
    this.#ledger.putPosition(position);
    if (/* mutant: has-brackets */ order.isBracketed || (takeProfit === null && stopLoss === null)) return false;
    this.#ledger.putOrder({ ...order, isBracketed: true });
    putBrackets(this.#ledger, position, { takeProfit, stopLoss }, order, now);
    return true;
  }

  #reject(order: OrderRow, reason: string, now: number): void {
    this.#ledger.finishOrder(order, ORDER_STATUS.rejected, now);
    const { accountId, id: orderId } = order;
    const message = `${describe(order)}: ${reason}`;
    this.#ledger.addNotification({
      accountId,
      orderId,
      severity: "error",
      // mutant: rejection-title
      title: "Order rejected",
      message,
      time: now,
    });
  }

  #notifyFill(order: OrderRow, qty: Amount, price: Amount, now: number): void {
    const title = isWorking(order) ? "Order partly filled" : "Order filled";
    // As many decimals as its prices have: a third of a cent is not a price that anyone can trade at.
    const unit = lastDecimal(this.#instruments.get(order.symbol)!.priceStep);
    const average = toText(averagePrice(order.filledValue, order.filledQty, unit));
    const soFar = qty === order.filledQty ? "" : `; ${toText(order.filledQty)} at ${average} on average so far`;
    const message = `${describe(order)}: ${toText(qty)} at ${toText(price)}${soFar}`;
    const { accountId, id: orderId } = order;
    this.#ledger.addNotification({ accountId, orderId, severity: "success", title, message, time: now });
  }
}

const TYPES: Record<OrderRow["type"], string> = {
  [ORDER_TYPE.limit]: "limit",
  [ORDER_TYPE.market]: "market",
  [ORDER_TYPE.stop]: "stop",
  [ORDER_TYPE.stopLimit]: "stop-limit",
};

/** Describes an order for its holder: `Buy 10 AAPL (limit)`. */
export function describe({ side, qty, symbol, type, role }: OrderRow): string {
  const kind = { entry: TYPES[type], close: "close", takeProfit: "take profit", stopLoss: "stop loss" }[role];
  return `${side === 1 ? "Buy" : "Sell"} ${toText(qty)} ${symbol} (${kind})`;
}
