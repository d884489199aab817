import * as topic from "@trading/topic";
import * as checkedShapes from "@trading/topic/checked-shapes";
import * as shapes from "@trading/topic/shapes";
import { expect, expectTypeOf, test } from "vitest";

/** The types of a route's updates: of its schema, of its shape, and of its checked shape. */
type Updates<Name extends keyof typeof shapes & keyof typeof checkedShapes & keyof typeof topic> = [
  topic.UpdateOf<(typeof topic)[Name]>,
  shapes.UpdateOf<(typeof shapes)[Name]>,
  shapes.UpdateOf<(typeof checkedShapes)[Name]>,
];

test("the documented types are those of the schemas", () => {
  expectTypeOf<Updates<"account">>().branded.toEqualTypeOf<Same<shapes.AccountState>>();
  expectTypeOf<Updates<"bars">>().branded.toEqualTypeOf<Same<shapes.Bar>>();
  expectTypeOf<Updates<"brokerConnection">>().branded.toEqualTypeOf<Same<shapes.BrokerConnectionStatus>>();
  expectTypeOf<Updates<"equity">>().branded.toEqualTypeOf<Same<shapes.Equity>>();
  expectTypeOf<Updates<"executions">>().branded.toEqualTypeOf<Same<shapes.Execution>>();
  expectTypeOf<Updates<"notifications">>().branded.toEqualTypeOf<Same<shapes.Notification>>();
  expectTypeOf<Updates<"orderbook">>().branded.toEqualTypeOf<Same<shapes.OrderBook>>();
  expectTypeOf<Updates<"orders">>().branded.toEqualTypeOf<Same<shapes.PlacedOrder>>();
  expectTypeOf<Updates<"positions">>().branded.toEqualTypeOf<Same<shapes.AccountPosition>>();
  expectTypeOf<Updates<"quotes">>().branded.toEqualTypeOf<Same<shapes.QuoteData>>();
  expectTypeOf<Updates<"trades">>().branded.toEqualTypeOf<Same<shapes.Trade>>();
});

type Same<Update> = [Update, Update, Update];

test("every entry has the same constants", () => {
  const constants = Object.entries(shapes).filter(
    ([name, value]) => /^[A-Z_]+$/.test(name) && typeof value === "object",
  );
  expect(constants.map(([name]) => name)).toEqual([
    "CONNECTION_STATUS",
    "ORDER_STATUS",
    "ORDER_TYPE",
    "PARENT_TYPE",
    "RESOLUTIONS",
    "SIDE",
    "TIMES_IN_FORCE",
  ]);
  for (const entry of [topic, checkedShapes]) expect(entry).toMatchObject(Object.fromEntries(constants));
});
