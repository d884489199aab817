import type { Bug } from "../../../../../../tooling/src/planted-bugs.mjs";

/** A bug of one of the engine's files. */
function bug(name: string, file: string, find: string, replace: string): Bug {
  return { name, file: `modules/broker/engine/${file}.ts`, find, replace };
}

/** Each has to be caught by a test. */
export const BUGS: readonly Bug[] = [
  bug("what is offered can be taken again and again", "matching", "    this.#offers.take(symbol, side, qty);\n", ""),
  bug(
    "more is filled than is offered",
    "matching",
    "min(order.qty - order.filledQty, offer.qty)",
    "order.qty - order.filledQty",
  ),
  bug(
    "limits are crossed",
    "matching",
    "order.side === 1 ? price <= order.limitPrice",
    "order.side === 1 ? price >= order.limitPrice",
  ),
  bug(
    "market orders stand behind limit orders",
    "matching",
    "return order.limitPrice === null ? -1 : 1;",
    "return order.limitPrice === null ? 1 : -1;",
  ),
  bug("stops are triggered at the wrong side", "matching", "last >= stopPrice", "last <= stopPrice"),
  bug(
    "stops jump the queue when they are triggered",
    "matching",
    "isTriggered: true, priority: this.#ledger.next(), ",
    "isTriggered: true, ",
  ),
  bug("margin is not checked at the fill", "matching", "    if (short) {", "    if (false as boolean && short) {"),
  bug("nobody is told of a rejection", "matching", 'title: "Order rejected",', 'title: "Order filled",'),
  bug(
    "a position is turned around at the old cost",
    "matching",
    "isClosing ? min(wanted, position.qty) : wanted",
    "wanted",
  ),
  bug("a loss is booked as a profit", "matching", "BigInt(position.side) * (notional", "(notional"),
  bug(
    "what is realised does not reach the account",
    "matching",
    "realized: account.realized + realized",
    "realized: account.realized",
  ),
  bug("brackets are put anew with each fill", "matching", "if (order.isBracketed || (", "if (false || ("),
  bug(
    "the other bracket stays when one has filled",
    "brackets",
    "      ledger.finishOrder(order, ORDER_STATUS.cancelled, now);\n      continue;",
    "      continue;",
  ),
  bug(
    "brackets do not follow their position",
    "brackets",
    "if (qty !== order.qty) ledger",
    "if (qty > order.qty) ledger",
  ),
  bug(
    "a closing order grows with the position",
    "brackets",
    'order.role === "close" && order.qty < most',
    'order.role === "entry"',
  ),
  bug(
    "an account changes another's orders",
    "ledger",
    "    return this.#orders.get(accountId, id);\n  }\n\n  orderByKey",
    '    return this.#orders.get(accountId, id) ?? [...this.#workingOf.of("a"), ...this.#workingOf.of("b")].find((order) => order.id === id);\n  }\n\n  orderByKey',
  ),
  bug(
    "a key is forgotten when the engine is loaded",
    "ledger",
    "if (order.idempotencyKey !== null) this.#keys.set",
    "if (order.idempotencyKey !== null && isWorking(order)) this.#keys.set",
  ),
  bug("more is closed than there is", "positions", "if (closing + qty > position.qty)", "if (closing > position.qty)"),
  bug("offers are bent in favour of orders", "offers", "+ priceStep - 1n, priceStep)", ", priceStep)"),
  bug("what an account is worth is told late", "engine", "this.#repriced.add(accountId)", "void accountId"),
];
