// Renders src/shapes.ts from the routes, so that each route is defined once and browsers do not load zod.

/** The named type of each route's updates, so that an editor shows its name and the documentation of its fields. */
const UPDATE_TYPES = {
  account: "AccountState",
  bars: "Bar",
  brokerConnection: "BrokerConnectionStatus",
  equity: "Equity",
  executions: "Execution",
  notifications: "Notification",
  orderbook: "OrderBook",
  orders: "PlacedOrder",
  positions: "AccountPosition",
  quotes: "QuoteData",
  trades: "Trade",
};

/** The constants and types that the entries without zod export. */
export const CONSTANTS_AND_TYPES = `export { CONNECTION_STATUS, ORDER_STATUS, ORDER_TYPE, PARENT_TYPE, RESOLUTIONS, SIDE, TIMES_IN_FORCE } from "./constants.js";
export type { AccountPosition, AccountState, Bar, BookLevel, BrokerConnectionStatus, ConnectionStatus, Equity, ErrorQuote, Execution, Notification, OkQuote, OrderBook, OrderStatus, OrderType, ParentType, PlacedOrder, QuoteData, Resolution, Side, TimeInForce, Trade } from "./update-types.js";`;

/**
 * @param {{ readonly [exportName: string]: import("../src/shape.js").RouteShape }} routes by export name
 * @returns {string} the text of src/shapes.ts
 */
export function renderShapes(routes) {
  const names = Object.keys(routes).sort();
  const shapes = names.map((name) => {
    const { name: route, fields, key, snapshot, keep, access } = routes[name];
    const rule = Object.keys(keep ?? {}).length > 0 ? { keep } : {};
    const data = JSON.stringify({ name: route, fields, key: key ?? null, snapshot, ...rule, access }).replace(
      '"key":null',
      '"key":undefined',
    );
    return `export const ${name}: RouteShape<ParamsOf<typeof routes.${name}>, ${UPDATE_TYPES[name]}> = /* @__PURE__ */ defineShape(${data});\n`;
  });
  return `// Generated from src/routes by \`npm run generate\`. Change the routes instead.
import type * as routes from "./routes/index.js";
import { defineShape, type ParamsOf, type RouteShape } from "./shape.js";
import type { ${[...new Set(Object.values(UPDATE_TYPES))].join(", ")} } from "./update-types.js";

${shapes.join("\n")}
${CONSTANTS_AND_TYPES}
export { type Access, defineOperationShape, defineShape, excessOf, type Fields, FINISHED_FOR_MS, isFinished, type Keep, type OperationShape, type ParamsOf, type ParseLimits, type RouteShape, SINGLE_KEY, type Snapshot, type UpdateOf } from "./shape.js";
`;
}
