import { expect, test } from "vitest";
import { placeHandles, roundToStep } from "../src/chart/handle-places.js";
import type { PlacedOrder } from "../src/trading/labels.js";
import { movedOrder } from "../src/trading/moved-order.js";

test("handles are at their lines, and next to each other where one would cover another", () => {
  const places = placeHandles(
    [
      { y: 50, width: 100 },
      { y: 60, width: 80 },
      { y: 200, width: 90 },
      { y: 55, width: 70 },
    ],
    400,
  );
  expect(places).toEqual([
    { y: 50, right: 6 },
    { y: 60, right: 112 },
    { y: 200, right: 6 },
    { y: 55, right: 198 },
  ]);
});

test("the handle of a line outside of the chart is at the nearest edge", () => {
  const places = placeHandles(
    [
      { y: -80, width: 100 },
      { y: 900, width: 100 },
    ],
    400,
  );
  expect(places.map(({ y }) => y)).toEqual([12, 388]);
});

test.each([
  [160.7449, 0.01, 160.74],
  [160.745001, 0.01, 160.75],
  [0.30000000000000004, 0.1, 0.3],
  [72_750.62, 0.25, 72_750.5],
  [-3.26, 0.25, -3.25],
])("rounds %d in steps of %d to %d", (price, step, rounded) => {
  expect(roundToStep(price, step)).toBe(rounded);
});

test("a moved order keeps all of its terms but one price", () => {
  const order = {
    id: "7",
    status: 6,
    symbol: "AAPL",
    side: 1,
    type: 4,
    qty: 5,
    filledQty: 2,
    limitPrice: 101,
    stopPrice: 100,
    stopLoss: 90,
    updateTime: 5,
  } as PlacedOrder;
  const terms = { id: "7", status: 6, symbol: "AAPL", side: 1, type: 4, qty: 5, stopLoss: 90 };
  const move = { order, price: 99, isRefused: false };
  expect(movedOrder({ ...move, field: "stopPrice" })).toEqual({ ...terms, limitPrice: 101, stopPrice: 99 });
  expect(movedOrder({ ...move, field: "limitPrice" })).toEqual({ ...terms, limitPrice: 99, stopPrice: 100 });
});
