import { z } from "zod";

/**
 * Names a schema in the OpenAPI document, so that generated clients have a type for it.
 *
 * @returns a copy: the schema itself can be part of other documents
 */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  const copy = z.core.clone(schema);
  z.globalRegistry.add(copy, { ...z.globalRegistry.get(schema), id });
  return copy;
}
