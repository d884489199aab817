import type { Field, Fields } from "./fields.js";

/**
 * Creates the function that prepares params before a schema or a check parses them. It first builds the topic, which
 * throws at the first invalid value with a better message than a schema's.
 */
export function createParamsNormalizer(
  fields: Fields,
  buildTopic: (params: unknown) => string,
): (params: unknown) => unknown {
  const shape = { object: fields };
  const nullable = hasNullable(shape);
  return (params) => {
    buildTopic(params);
    return nullable ? emptyToNull(shape, params) : params;
  };
}

/**
 * Replaces `""` by null in every nullable field: both make the same topic, so they must be the same subscription. Drops
 * unknown keys. The params must have passed the route's builder.
 */
function emptyToNull(field: Field, value: unknown): unknown {
  if (typeof field === "string" || "enum" in field) return value;
  if ("nullable" in field) return value === "" || value === null ? null : emptyToNull(field.nullable, value);
  if ("array" in field) return (value as unknown[]).map((item) => emptyToNull(field.array, item));
  const read = ([name, inner]: [string, Field]) => [name, emptyToNull(inner, (value as Record<string, unknown>)[name])];
  return Object.fromEntries(Object.entries(field.object).map(read));
}

/** Whether a field contains a nullable field, so that `emptyToNull` can have an effect. */
function hasNullable(field: Field): boolean {
  if (typeof field === "string" || "enum" in field) return false;
  if ("nullable" in field) return true;
  return "array" in field ? hasNullable(field.array) : Object.values(field.object).some(hasNullable);
}
