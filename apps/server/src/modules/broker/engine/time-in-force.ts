import { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";
import type { Instrument } from "./instrument.js";
import type { Ledger } from "./ledger.js";
import { describe } from "./matching.js";
import { Refusal } from "./refusal.js";
import type { OrderRow } from "./rows.js";
import type { OrderRequest } from "./terms.js";
import { tradingDayEnd } from "./trading-day.js";

/** The time in force of an order, and its end. */
export type Duration = Pick<OrderRow, "timeInForce" | "expiresAt">;

/** Checks how long an order shall work. @throws {Refusal} invalid_time_in_force */
export function checkedDuration(instrument: Instrument, request: OrderRequest, now: number): Duration {
  const { timeInForce = "GTC", expiresAt, type } = request;
  const refuse = (reason: string): never => {
    throw new Refusal("invalid_time_in_force", `The time in force cannot be ${timeInForce}: ${reason}`);
  };
  switch (timeInForce) {
    case "DAY":
      return { timeInForce, expiresAt: tradingDayEnd(now, instrument) };
    case "GTD":
      if (expiresAt === undefined) return refuse("it needs the time at which the order expires");
      if (!(Number.isSafeInteger(expiresAt) && expiresAt > now)) {
        return refuse(`the order cannot expire at ${expiresAt}, it must be in the future, in Unix milliseconds`);
      }
      return { timeInForce, expiresAt };
    case "IOC":
    case "FOK":
      if (type !== ORDER_TYPE.market && type !== ORDER_TYPE.limit) {
        return refuse("a stop order waits for its price, so only market and limit orders can be filled immediately");
      }
      return { timeInForce, expiresAt: null };
    default:
      return { timeInForce, expiresAt: null };
  }
}

/** Returns how long a modified order works: as before, if the request does not say. @throws {Refusal} */
export function modifiedDuration(
  instrument: Instrument,
  order: OrderRow,
  request: OrderRequest,
  now: number,
): Duration {
  const { timeInForce = order.timeInForce } = request;
  const unchanged = { timeInForce: order.timeInForce, expiresAt: order.expiresAt };
  if (timeInForce === order.timeInForce && timeInForce !== "GTD") return unchanged;
  if (timeInForce === "GTD" && request.expiresAt === undefined && order.timeInForce === "GTD") return unchanged;
  if (order.role !== "entry" || timeInForce === "IOC" || timeInForce === "FOK") {
    const reason = order.role === "entry" ? "a working order cannot become one" : "the order follows its position";
    throw new Refusal("invalid_time_in_force", `The time in force cannot be ${timeInForce}: ${reason}`);
  }
  return checkedDuration(instrument, { ...request, timeInForce }, now);
}

/** Cancels orders that have expired. @returns when the next one expires; undefined if none does */
export function expireOrders(ledger: Ledger, now: number): number | undefined {
  while (true) {
    const order = ledger.nextToExpire;
    if (order?.expiresAt == null) return undefined;
    // mutant: expire
    if (order.expiresAt > now) return order.expiresAt;
    ledger.finishOrder(order, ORDER_STATUS.cancelled, now);
    const { accountId, id: orderId } = order;
    const message = `${describe(order)}: its time has ended`;
    ledger.addNotification({ accountId, orderId, severity: "info", title: "Order expired", message, time: now });
  }
}
