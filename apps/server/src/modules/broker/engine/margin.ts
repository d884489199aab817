import { notional, toReadable, UNIT } from "./amount.js";
import type { Ledger } from "./ledger.js";
import type { Offers } from "./offers.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, Amount, PositionRow, Side, Valuation } from "./rows.js";

/** What accounts are valuation, and what they may still risk. */
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
    const marginUsed = marginOf(sum(positions.map(({ cost }) => cost)), account.leverage);
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

  /** What a position would make at the last price. Until there is one, it counts at its cost. */
  #unrealized({ symbol, side, qty, cost }: PositionRow): Amount {
    const last = this.#offers.last(symbol);
    return last === undefined ? 0n : BigInt(side) * (notional(last, qty) - cost);
  }

  /** How much of a quantity opens or adds to a position, after what it closes of one. */
  #opened(accountId: string, symbol: string, side: Side, qty: Amount): Amount {
    const position = this.#ledger.position(accountId, symbol);
    if (position === undefined || position.side === side) return qty;
    return qty > position.qty ? qty - position.qty : 0n;
  }

  /** What an account needs to trade a quantity at a price, and what it has for that. */
  need(account: AccountRow, symbol: string, side: Side, qty: Amount, price: Amount) {
    const opened = this.#opened(account.id, symbol, side, qty);
    const closed = this.#ledger.position(account.id, symbol);
    // What turns a position around has the margin that the position needs now.
    const released = opened < qty && closed ? marginOf(closed.cost, account.leverage) : 0n;
    return {
      needed: opened === 0n ? 0n : marginOf(notional(price, opened), account.leverage),
      available: this.valuation(account).marginAvailable + released,
    };
  }
}

/** What a cost binds of the equity, rounded up. */
export function marginOf(cost: Amount, leverage: number): Amount {
  const by = BigInt(leverage);
  return (cost + by - 1n) / by;
}

/** What is not enough, for a person; undefined where it is. */
export function marginShortage(need: { needed: Amount; available: Amount }, currency: string): Refusal | undefined {
  if (need.needed === 0n || need.needed <= need.available) return undefined;
  // Whole cents: nobody reads more.
  const [needed, available] = [need.needed, need.available].map((amount) =>
    toReadable(amount - (amount % (UNIT / 100n))),
  );
  return new Refusal("not_enough_margin", `It needs a margin of ${needed} ${currency}, and ${available} are available`);
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
