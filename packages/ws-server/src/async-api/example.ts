import type { JsonSchema } from "@trading/topic/json-schema";

/** Examples of the string formats that zod generates. */
const FORMATS: { readonly [format: string]: string } = {
  date: "2023-10-12",
  "date-time": "2023-10-12T08:00:00Z",
  time: "08:00:00",
  duration: "PT1M",
  email: "trader@example.com",
  uri: "https://example.com",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

/**
 * Returns a deterministic value for a schema: its first example, or else the simplest value of its type, without optional
 * members. Patterns, predicates and references are not supported, so validate the value before showing it.
 *
 * @param name of the member that the value is for, used as the text of an unconstrained string
 */
export function exampleOf(schema: JsonSchema, name = "text"): unknown {
  const { type, format, examples, default: fallback, const: constant, enum: values, oneOf, anyOf, allOf } = schema;
  const [own] = (examples as unknown[] | undefined) ?? [];
  const known = own ?? fallback ?? constant ?? (values as unknown[] | undefined)?.[0];
  if (known !== undefined) return known;
  const [alternative] = ((oneOf ?? anyOf) as JsonSchema[] | undefined) ?? [];
  if (alternative !== undefined) return exampleOf(alternative, name);
  if (allOf !== undefined) {
    const parts = (allOf as JsonSchema[]).map((part) => exampleOf(part, name));
    return parts.every(isObject) ? Object.assign({}, ...parts) : parts[0];
  }
  // A nullable schema has both types.
  switch (Array.isArray(type) ? type[0] : type) {
    case "object":
      return objectOf(schema);
    case "array":
      return arrayOf(schema, name);
    case "string":
      return FORMATS[format as string] ?? textOf(schema, name);
    case "number":
    case "integer":
      return numberOf(schema);
    case "boolean":
      return true;
    default:
      return null;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOf({ properties, required }: JsonSchema): object {
  const members = (properties ?? {}) as { readonly [name: string]: JsonSchema };
  const names = (required ?? []) as readonly string[];
  return Object.fromEntries(names.map((name) => [name, exampleOf(members[name] ?? {}, name)]));
}

function arrayOf({ items, prefixItems, minItems = 1 }: JsonSchema, name: string): unknown[] {
  // Draft 7 writes a tuple as a list of items.
  const tuple = prefixItems ?? (Array.isArray(items) ? items : undefined);
  if (tuple !== undefined) return (tuple as JsonSchema[]).map((item) => exampleOf(item, name));
  const count = Math.max(1, minItems as number);
  return Array.from({ length: count }, () => exampleOf((items ?? {}) as JsonSchema, name));
}

function textOf({ minLength = 0, maxLength }: JsonSchema, name: string): string {
  return name.padEnd(minLength as number, "-").slice(0, maxLength as number | undefined);
}

function numberOf(schema: JsonSchema): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as { [name: string]: number };
  const least = minimum ?? (exclusiveMinimum === undefined ? Number.NEGATIVE_INFINITY : exclusiveMinimum + 1);
  const most = maximum ?? (exclusiveMaximum === undefined ? Number.POSITIVE_INFINITY : exclusiveMaximum - 1);
  const value = Math.min(Math.max(1, least), most);
  return multipleOf === undefined ? value : Math.ceil(value / multipleOf) * multipleOf;
}
