// Renders src/checked-shapes.ts from the routes: their shapes, with their schemas as plain data instead of zod schemas.
import { readCheck } from "./read-check.mjs";
import { CONSTANTS_AND_TYPES } from "./render-shapes.mjs";

/**
 * @param {{ readonly [exportName: string]: import("../src/route.js").Route }} routes by export name
 * @returns {string} the text of src/checked-shapes.ts
 * @throws TypeError if a check cannot represent a schema exactly
 */
export function renderCheckedShapes(routes) {
  const shapes = Object.keys(routes)
    .sort()
    .map((name) => {
      const params = JSON.stringify(readCheck(routes[name].params, `${name} parameters`));
      const update = JSON.stringify(readCheck(routes[name].update, `${name} update`));
      return `export const ${name}: CheckedShapeOf<typeof shapes.${name}> = /* @__PURE__ */ defineCheckedShape(shapes.${name}, ${params}, ${update});\n`;
    });
  return `// Generated from src/routes by \`npm run generate\`. Change the routes instead.
import { type CheckedShape, defineCheckedShape } from "./checked-shape.js";
import type { ParamsOf, UpdateOf } from "./shape.js";
import * as shapes from "./shapes.js";

type CheckedShapeOf<R> = CheckedShape<ParamsOf<R>, UpdateOf<R>>;

${shapes.join("\n")}
${CONSTANTS_AND_TYPES}
export type { CheckedShape } from "./checked-shape.js";
`;
}
