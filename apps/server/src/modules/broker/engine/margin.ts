import { abs, notional, toMoney } from "./amount.js";
import type { Ledger } from "./ledger.js";
import type { Offers } from "./offers.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, Amount, PositionRow, Side, Valuation } from "./rows.js";

/** The margin for a trade, or for positions. */
export interface MarginNeed {
  readonly needed: Amount;
  readonly available: Amount;
  /** Whether a position is held or opened, which needs a balance that is not overdrawn even at a price of 0. */
  readonly isOpening: boolean;
}

/** Computes the valuations of accounts, and the margin that orders need. */
export class Margin {
  readonly #ledger: Ledger;
  readonly #offers: Offers;

  constructor(ledger: Ledger, offers: Offers) {
    this.#ledger = ledger;
    this.#offers = offers;
  }

  valuation(account: AccountRow): Valuation {
    const positions = this.#ledger.positionsOf(account.id);
    const balance = account.deposits + account.realized;
    const unrealized = sum(positions.map((position) => this.#unrealized(position)));
    const equity = balance + unrealized;
    const marginUsed = marginOf(sum(positions.map(({ cost }) => abs(cost))), account.leverage);
    const marginAvailable = equity - marginUsed;
    return {
      accountId: account.id,
      balance,
      realized: account.realized,
      unrealized,
      equity,
      marginUsed,
      marginAvailable,
    };
  }

  /** Returns the profit of a position at the last price; 0 while there is no price. */
  #unrealized({ symbol, side, qty, cost }: PositionRow): Amount {
    const last = this.#offers.last(symbol);
    return last === undefined ? 0n : BigInt(side) * (notional(last, qty) - cost);
  }

  /** Returns the part of a quantity that opens or adds to a position, after the part that closes the opposite one. */
  #opened(accountId: string, symbol: string, side: Side, qty: Amount): Amount {
    const position = this.#ledger.position(accountId, symbol);
    if (position === undefined || position.side === side) return qty;
    return qty > position.qty ? qty - position.qty : 0n;
  }

  /** Returns the margin that an account needs to trade a quantity at a price, and the margin available for it. */
  need(account: AccountRow, symbol: string, side: Side, qty: Amount, price: Amount): MarginNeed {
    const opened = this.#opened(account.id, symbol, side, qty);
    const closed = this.#ledger.position(account.id, symbol);
    // A trade that reverses a position frees the margin of the closed one.
    const released = opened < qty && closed ? marginOf(closed.cost, account.leverage) : 0n;
    return {
      needed: marginOf(notional(price, opened), account.leverage),
      isOpening: opened > 0n,
      available: this.valuation(account).marginAvailable + released,
    };
  }
}

/** Returns the margin for a cost, rounded up. A negative cost, at negative prices, needs the same margin. */
export function marginOf(cost: Amount, leverage: number): Amount {
  const divisor = BigInt(leverage);
  return (abs(cost) + divisor - 1n) / divisor;
}

/** Returns a refusal if the available margin is insufficient. */
export function marginShortage(need: MarginNeed, currency: string): Refusal | undefined {
  if (!need.isOpening || need.needed <= need.available) return undefined;
  const facts = `${toMoney(need.needed)} ${currency} required, ${toMoney(need.available)} available`;
  return new Refusal("not_enough_margin", `Insufficient margin: ${facts}`);
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
