import type * as core from "zod/v4/core";
import { toJSONSchema } from "zod/v4/core";

/** A JSON Schema of draft 7, the dialect of AsyncAPI. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * Converts a schema to JSON Schema draft 7, without `$schema`. Includes descriptions and examples of the schema
 * (`z.describe`, `z.meta`). Unknown members are allowed, because both sides drop them. Predicates, which JSON Schema
 * cannot express, are omitted.
 *
 * @param at the location of the result in its document, such as `#/components/schemas/Bar`. A schema that contains
 *   itself refers to it
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

/** Removes the bounds of safe integers. All integers of the protocol are safe, so these bounds only hide meaningful ones. */
function dropSafeBounds(schema: { minimum?: number; maximum?: number }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
