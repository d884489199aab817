// Renders src/shapes.ts from the routes, so that each route is defined once and browsers do not load zod.

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
    return `export const ${name}: ShapeOf<typeof routes.${name}> = /* @__PURE__ */ defineShape(${data});\n`;
  });
  return `// Generated from src/routes by \`npm run generate\`. Change the routes instead.
import type * as routes from "./routes/index.js";
import { defineShape, type ParamsOf, type RouteShape, type UpdateOf } from "./shape.js";

type ShapeOf<R> = RouteShape<ParamsOf<R>, UpdateOf<R>>;

${shapes.join("\n")}
export { type Access, defineOperationShape, defineShape, excessOf, type Fields, FINISHED_FOR_MS, isFinished, type Keep, type OperationShape, type ParamsOf, type ParseLimits, type RouteShape, SINGLE_KEY, type Snapshot, type UpdateOf } from "./shape.js";
`;
}
