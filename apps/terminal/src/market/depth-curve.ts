import type { Level } from "./book-levels.js";

/** A price with the quantity that can be traded up to it. */
export interface DepthPoint {
  readonly price: number;
  readonly sum: number;
  /** Price of the sum in total. */
  readonly cost: number;
}

/** The cumulative quantities of an order book, best prices first. */
export interface DepthCurve {
  readonly bids: readonly DepthPoint[];
  readonly asks: readonly DepthPoint[];
  /** The prices at the left and right side, equally far from the middle of the best prices. */
  readonly low: number;
  readonly high: number;
  /** The larger one of both sides' quantities. */
  readonly maxSum: number;
}

/** The quantity that can be traded at a price or better. */
export interface DepthAtPrice {
  /** The side of the book; undefined between the best prices. */
  readonly side: "bids" | "asks" | undefined;
  readonly qty: number;
  /** Average price of the quantity; undefined without one. */
  readonly average: number | undefined;
}

/** Returns the curve of a book; undefined if a side is empty, since there is no middle then. */
export function depthCurve(book: { readonly bids: readonly Level[]; readonly asks: readonly Level[] }) {
  const bids = pointsOf(book.bids);
  const asks = pointsOf(book.asks);
  const [bestBid, bestAsk] = [bids[0], asks[0]];
  const [lastBid, lastAsk] = [bids.at(-1), asks.at(-1)];
  if (!bestBid || !bestAsk || !lastBid || !lastAsk) return undefined;
  const middle = (bestBid.price + bestAsk.price) / 2;
  const span = Math.max(middle - lastBid.price, lastAsk.price - middle);
  const curve: DepthCurve = {
    bids,
    asks,
    low: middle - span,
    high: middle + span,
    maxSum: Math.max(lastBid.sum, lastAsk.sum),
  };
  return curve;
}

function pointsOf(levels: readonly Level[]): readonly DepthPoint[] {
  let [sum, cost] = [0, 0];
  return levels.map(({ price, qty }) => {
    sum += qty;
    cost += qty * price;
    return { price, sum, cost };
  });
}

/** Returns what can be traded at a price or better. */
export function depthAt({ bids, asks }: DepthCurve, price: number): DepthAtPrice {
  const bid = bids.findLast((point) => point.price >= price);
  const ask = asks.findLast((point) => point.price <= price);
  const point = bid ?? ask;
  if (point === undefined) return { side: undefined, qty: 0, average: undefined };
  return { side: bid ? "bids" : "asks", qty: point.sum, average: point.sum === 0 ? undefined : point.cost / point.sum };
}

/** Returns the corners of one side's area in a square of 100 by 100, as an SVG polygon has them. */
export function areaOf({ low, high, maxSum, ...sides }: DepthCurve, side: "bids" | "asks"): string {
  const points = sides[side];
  const x = (price: number) => (high === low ? 50 : ((price - low) / (high - low)) * 100);
  const y = (sum: number) => 100 - (maxSum === 0 ? 0 : (sum / maxSum) * 100);
  const corners: [number, number][] = [];
  let before = 0;
  for (const { price, sum } of points) {
    // A step: the quantity is there at this price, not between two.
    corners.push([x(price), y(before)], [x(price), y(sum)]);
    before = sum;
  }
  const edge = side === "bids" ? 0 : 100;
  corners.push([edge, y(before)], [edge, 100]);
  return corners.map((corner) => corner.map((value) => value.toFixed(2)).join(",")).join(" ");
}
