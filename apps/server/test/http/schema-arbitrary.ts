import fc from "fast-check";

/** The subset of JSON Schema that the OpenAPI document uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** Frequent values of members and parameters, by name. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** The maximum length of arrays and strings, unless the schema requires more. */
const LONGEST = 8;

/**
 * Returns values that match a schema, often near its bounds.
 *
 * @param names frequent values by member name, such as known symbols
 * @param components the schemas that `$ref` refers to
 */
export function arbitraryOf(
  schema: JsonSchema,
  names: Known,
  components: Readonly<Record<string, JsonSchema>>,
  name = "",
): fc.Arbitrary<unknown> {
  const of = (inner: JsonSchema, named = name) => arbitraryOf(inner, names, components, named);
  if (schema.$ref !== undefined) return of(components[schema.$ref.split("/").at(-1) as string] ?? {});
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => of(choice)));
  if (schema.allOf !== undefined) {
    return fc.tuple(...schema.allOf.map((part) => of(part))).map((parts) => Object.assign({}, ...parts));
  }
  const { type } = schema;
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => of({ ...schema, type: one as string })));
  switch (type) {
    case "string":
      return oftenOf(names[name], textOf(schema));
    case "integer":
    case "number":
      return oftenOf(names[name], numberOf(schema, type === "integer"));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array": {
      const { items = {}, minItems = 0, maxItems = LONGEST } = schema;
      return fc.array(of(items), { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, LONGEST)) });
    }
    case "object": {
      const { properties = {}, required = [] } = schema;
      const members: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [key, value] of Object.entries(properties)) {
        // A member whose schema matches nothing must be absent.
        if (value.not === undefined) members[key] = of(value, key);
      }
      return fc.record(members, { requiredKeys: [...required], noNullPrototype: true });
    }
    default:
      return fc.jsonValue();
  }
}

function oftenOf(known: readonly unknown[] | undefined, other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return known === undefined ? other : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, other);
}

function textOf({ minLength = 0, maxLength = LONGEST, pattern }: JsonSchema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const most = Math.max(minLength, Math.min(maxLength, LONGEST));
  const text = fc.string({ unit: "grapheme", minLength, maxLength: most });
  return fc
    .oneof(text, fc.constant("x".repeat(maxLength)))
    .filter((value) => value.length <= Math.max(maxLength, most));
}

function numberOf(schema: JsonSchema, isWhole: boolean): fc.Arbitrary<number> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const step = isWhole ? 1 : 1e-6;
  const lowest = exclusiveMinimum === undefined ? (minimum ?? -1e9) : exclusiveMinimum + step;
  const highest = exclusiveMaximum === undefined ? (maximum ?? 1e9) : exclusiveMaximum - step;
  const bounds = fc.constantFrom(lowest, highest, Math.min(Math.max(lowest, 1), highest));
  const within = isWhole
    ? fc.integer({ min: Math.ceil(lowest), max: Math.floor(highest) })
    : fc.double({ min: lowest, max: highest, noNaN: true });
  return fc.oneof(bounds, within);
}
