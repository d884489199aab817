import { ORDER_TYPE } from "@trading/topic";
import { toText } from "./amount.js";
import type { Brackets } from "./brackets.js";
import { checkedPrice, type Instrument } from "./instrument.js";
import type { Offers } from "./offers.js";
import { Refusal } from "./refusal.js";
import type { Amount, OrderType, Side, TimeInForce } from "./rows.js";

/** Requested take profit and stop loss; omitted means none. */
export interface BracketsRequest {
  readonly takeProfit?: number | undefined;
  readonly stopLoss?: number | undefined;
}

/** An order as the client requested it. Members that its type does not need are ignored. */
export interface OrderRequest extends BracketsRequest {
  readonly symbol: string;
  /** 1 limit, 2 market, 3 stop, 4 stop-limit. */
  readonly type: number;
  /** 1 buy, -1 sell. */
  readonly side: number;
  readonly qty: number;
  readonly limitPrice?: number | undefined;
  readonly stopPrice?: number | undefined;
  /** Time in force. @default GTC, and when it modifies an order unchanged */
  readonly timeInForce?: TimeInForce | undefined;
  /** For `GTD`, Unix milliseconds. */
  readonly expiresAt?: number | undefined;
}

/** A checked order request. */
export interface Terms extends Brackets {
  readonly symbol: string;
  readonly type: OrderType;
  readonly side: Side;
  readonly qty: Amount;
  readonly limitPrice: Amount | null;
  readonly stopPrice: Amount | null;
}

/** Converts and checks an order request. @param qty its checked quantity @throws {Refusal} */
export function checkedTerms(instrument: Instrument, request: OrderRequest, qty: Amount, offers: Offers): Terms {
  const { side, type } = request;
  if (side !== 1 && side !== -1)
    throw new Refusal("invalid_order", `The side cannot be ${side}: it must be 1 to buy or -1 to sell`);
  if (!isOrderType(type)) {
    const types = "1 limit, 2 market, 3 stop, 4 stop-limit";
    throw new Refusal("invalid_order", `The order type cannot be ${type}: it must be one of ${types}`);
  }
  const hasLimit = type === ORDER_TYPE.limit || type === ORDER_TYPE.stopLimit;
  const hasStop = type === ORDER_TYPE.stop || type === ORDER_TYPE.stopLimit;
  const limitPrice = hasLimit ? checkedPrice(instrument, "limit price", request.limitPrice) : null;
  const stopPrice = hasStop ? checkedPrice(instrument, "stop price", request.stopPrice) : null;
  const priced = { symbol: instrument.symbol, side, limitPrice, stopPrice } as const;
  return { ...priced, type, qty, ...checkedBrackets(instrument, request, side, estimate(priced, offers)) };
}

/**
 * Converts and checks a request for brackets.
 *
 * @param side side of the position
 * @param reference the price that take profit and stop loss must be on opposite sides of; undefined if unknown
 * @throws {Refusal}
 */
export function checkedBrackets(
  instrument: Instrument,
  request: BracketsRequest,
  side: Side,
  reference: Amount | undefined,
): Brackets {
  const given = (name: string, value: number | undefined) =>
    value === undefined ? null : checkedPrice(instrument, name, value);
  const takeProfit = given("take profit", request.takeProfit);
  const stopLoss = given("stop loss", request.stopLoss);
  const check = (name: string, price: Amount | null, against: Amount | null | undefined, isAbove: boolean) => {
    if (price === null || against === null || against === undefined) return;
    if (isAbove ? price > against : price < against) return;
    const where = `${isAbove ? "above" : "below"} ${toText(against)}`;
    throw new Refusal("invalid_bracket", `The ${name} cannot be ${toText(price)}: it must be ${where}`);
  };
  check("take profit", takeProfit, reference, side === 1);
  check("stop loss", stopLoss, reference, side === -1);
  check("take profit", takeProfit, stopLoss, side === 1);
  return { takeProfit, stopLoss };
}

/** Returns the price at which an order is expected to be filled; undefined if it is not known yet. */
export function estimate(
  { symbol, side, limitPrice, stopPrice }: Pick<Terms, "symbol" | "side" | "limitPrice" | "stopPrice">,
  offers: Offers,
): Amount | undefined {
  return limitPrice ?? stopPrice ?? offers.for(symbol, side)?.price ?? offers.last(symbol);
}

function isOrderType(type: number): type is OrderType {
  return Object.values<number>(ORDER_TYPE).includes(type);
}
