import type * as core from "zod/v4/core";

/**
 * The part of the allow-list that TypeScript can check: strings, ints, booleans, enums, literals, nullables, arrays and
 * objects of these. `coerce`, checks that rewrite and strict objects do not show in types; they are found at run time.
 */
export interface ParamSchema {
  readonly _zod: { readonly def: ParamDef; readonly output: unknown };
}

type ParamDef =
  | { readonly type: "string" | "boolean" | "enum" | "literal" }
  | { readonly type: "number"; readonly check: "number_format" }
  | { readonly type: "nullable"; readonly innerType: ParamSchema }
  | { readonly type: "array"; readonly element: ParamSchema }
  | ParamsDef;

interface ParamsDef {
  readonly type: "object";
  readonly shape: { readonly [name: string]: ParamSchema };
}

/** The schema of a route's params: an object of {@link ParamSchema}. */
export interface ParamsSchema extends core.$ZodType<object> {
  readonly _zod: core.$ZodTypeInternals<object> & { readonly def: ParamsDef };
}
