import type * as core from "zod/v4/core";
import { toJSONSchema } from "zod/v4/core";

/** A JSON Schema of draft 7, the dialect of AsyncAPI. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * What a schema accepts, as JSON Schema of draft 7 without `$schema`. Descriptions and examples that the schema carries
 * (`z.describe`, `z.meta`) come along. Unknown members are allowed, since both sides drop them; what JSON Schema cannot
 * say (a predicate) is left out.
 *
 * @param at where the result will stand in its document, such as `#/components/schemas/Bar`: a schema that contains
 *   itself refers to that place
 */
export function jsonSchemaOf(schema: core.$ZodType, at: string): JsonSchema {
  const { $schema: _, ...written } = toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => dropSafeBounds(jsonSchema),
  });
  return JSON.parse(JSON.stringify(written), (keyword, value) =>
    keyword === "$ref" && typeof value === "string" ? value.replace(/^#/, at) : value,
  ) as JsonSchema;
}

/** That an integer is a safe one holds for every number of the protocol; said each time it hides the bounds that tell. */
function dropSafeBounds(schema: { minimum?: number; maximum?: number }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
