import * as core from "zod/v4/core";

/*
 * The schema types of this package's routes, from zod's core. zod and zod/mini add methods to each schema that routes do
 * not need: without them, the bundle of all routes is a tenth smaller.
 */

export function string(...checks: core.$ZodCheck<string>[]): core.$ZodString {
  return new core.$ZodString({ type: "string", checks });
}

/** A finite number. */
export function number(...checks: core.$ZodCheck<number>[]): core.$ZodNumber {
  return new core.$ZodNumber({ type: "number", checks });
}

/** A safe integer. */
export function int(...checks: core.$ZodCheck<number>[]): core.$ZodNumberFormat {
  return new core.$ZodNumberFormat({ type: "number", check: "number_format", format: "safeint", abort: false, checks });
}

export function oneOf<const Value extends string | number>(...values: Value[]): core.$ZodLiteral<Value> {
  return new core.$ZodLiteral({ type: "literal", values }) as core.$ZodLiteral<Value>;
}

export function array<Item extends core.$ZodType>(
  element: Item,
  ...checks: core.$ZodCheck<unknown[]>[]
): core.$ZodArray<Item> {
  return new core.$ZodArray({ type: "array", element, checks }) as core.$ZodArray<Item>;
}

/** An object. Unknown keys are dropped. */
export function object<Shape extends core.$ZodShape>(shape: Shape): core.$ZodObject<Shape, core.$strip> {
  return new core.$ZodObject({ type: "object", shape }) as core.$ZodObject<Shape, core.$strip>;
}

/** A union of objects, discriminated by a property that each of them has. */
export function oneOfObjects<const Options extends core.$ZodType[], Member extends string>(
  discriminator: Member,
  ...options: Options
): core.$ZodDiscriminatedUnion<Options, Member> {
  const union = new core.$ZodDiscriminatedUnion({ type: "union", discriminator, options, inclusive: false });
  return union as core.$ZodDiscriminatedUnion<Options, Member>;
}

export function optional<Inner extends core.$ZodType>(innerType: Inner): core.$ZodOptional<Inner> {
  return new core.$ZodOptional({ type: "optional", innerType }) as core.$ZodOptional<Inner>;
}

export function nullable<Inner extends core.$ZodType>(innerType: Inner): core.$ZodNullable<Inner> {
  return new core.$ZodNullable({ type: "nullable", innerType }) as core.$ZodNullable<Inner>;
}

export function above(value: number): core.$ZodCheck<number> {
  return new core.$ZodCheckGreaterThan({ check: "greater_than", value, inclusive: false });
}

export function atLeast(value: number): core.$ZodCheck<number> {
  return new core.$ZodCheckGreaterThan({ check: "greater_than", value, inclusive: true });
}

export function atMost(value: number): core.$ZodCheck<number> {
  return new core.$ZodCheckLessThan({ check: "less_than", value, inclusive: true });
}

/** The length of a string in characters, or of an array in items. */
export function minLength(minimum: number): core.$ZodCheck<string | unknown[]> {
  return new core.$ZodCheckMinLength({ check: "min_length", minimum });
}

/** The length of a string in characters, or of an array in items. */
export function maxLength(maximum: number): core.$ZodCheck<string | unknown[]> {
  return new core.$ZodCheckMaxLength({ check: "max_length", maximum });
}
