import type { JsonSchema } from "@trading/topic/json-schema";

/** Members of a schema with alternatives. */
const ALTERNATIVES = ["anyOf", "oneOf"] as const;

/** Returns the name of a model in a generated program: `BarsSubscribeFrame` for `bars.subscribe.frame`. */
export function modelName(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[^a-zA-Z0-9]+/))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/**
 * Returns a schema with a title for each model in it: an object, a choice of values, or one of several alternatives.
 * Generators name a model by its title, and number those without as anonymous.
 */
export function withTitles(schema: JsonSchema, name: string): JsonSchema {
  const { $ref, title, properties, items } = schema;
  if ($ref !== undefined) return schema;
  const inner: Record<string, unknown> = { ...schema };
  if (properties !== undefined) {
    inner.properties = Object.fromEntries(
      Object.entries(properties as Record<string, JsonSchema>).map(([member, value]) => [
        member,
        withTitles(value, modelName(name, member)),
      ]),
    );
  }
  if (items !== undefined && !Array.isArray(items))
    inner.items = withTitles(items as JsonSchema, modelName(name, "item"));
  for (const member of ALTERNATIVES) {
    const alternatives = schema[member] as readonly JsonSchema[] | undefined;
    if (alternatives === undefined) continue;
    inner[member] = alternatives.map((each, index) => withTitles(each, modelName(name, alternativeName(each, index))));
  }
  return isModel(schema) && title === undefined ? { title: name, ...inner } : inner;
}

function isModel(schema: JsonSchema): boolean {
  const isChoice = (schema.enum as readonly unknown[] | undefined)?.some((value) => typeof value === "string") === true;
  return (
    schema.type === "object" || schema.type === "array" || isChoice || ALTERNATIVES.some((member) => member in schema)
  );
}

/** Returns the constant value by which an alternative is recognized, or its number. */
function alternativeName({ properties }: JsonSchema, index: number): string {
  const members = Object.values((properties ?? {}) as Record<string, JsonSchema>);
  const constant = members.map((member) => member.const).find((value) => typeof value === "string");
  return (constant as string | undefined) ?? String(index + 1);
}
