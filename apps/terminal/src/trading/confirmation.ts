import type { PreOrder } from "@trading/ws-client/rest";
import { formatQuantity } from "../format.js";
import type { Instrument } from "../market/instrument.js";
import type { TimeZone } from "../page/time-zone.js";
import { SIDE } from "./labels.js";

const DURATIONS: Readonly<Record<string, string>> = {
  DAY: ", today only",
  IOC: ", immediate or cancel",
  FOK: ", all of it immediately or nothing",
};

/**
 * Describes an order in one sentence: `Buy 10 AAPL at 160.70 or better, today only.`
 *
 * @param zone the time zone of the page, in which an expiry is named
 */
export function sentenceOf(order: PreOrder, { formatPrice }: Pick<Instrument, "formatPrice">, zone: TimeZone): string {
  const { side, qty, symbol, type, limitPrice, stopPrice, takeProfit, stopLoss, duration } = order;
  const price = (value: number | undefined) => (value === undefined ? "–" : formatPrice(value));
  const prices = {
    1: `at ${price(limitPrice)} or better`,
    2: "at the best available price",
    3: `at the market once the price reaches ${price(stopPrice)}`,
    4: `at ${price(limitPrice)} or better once the price reaches ${price(stopPrice)}`,
  };
  const brackets = [
    ...(takeProfit === undefined ? [] : [`take profit at ${formatPrice(takeProfit)}`]),
    ...(stopLoss === undefined ? [] : [`stop loss at ${formatPrice(stopLoss)}`]),
  ];
  const ending = brackets.length === 0 ? "" : `, with ${brackets.join(" and ")}`;
  const expiry = duration?.datetime;
  const inForce =
    expiry === undefined
      ? (DURATIONS[duration?.type ?? ""] ?? "")
      : `, until ${zone.formatDate(expiry)} (${zone.name})`;
  return `${SIDE[side]} ${formatQuantity(qty)} ${symbol} ${prices[type]}${inForce}${ending}.`;
}
