import type * as core from "zod/v4/core";
import type { Field, Fields } from "./fields.js";
import type { ParamsSchema } from "./params-schema.js";

/**
 * Converts a params schema to {@link Fields}, without checking it against the contract. Separate from that check, so that
 * browsers do not load the check's messages for routes that are known to pass it.
 */
export function readFields(params: ParamsSchema): Fields {
  return membersOf(params._zod.def.shape);
}

function membersOf(shape: object): Fields {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, fieldOf(schema)]));
}

function fieldOf(schema: core.$ZodType): Field {
  const { def } = (schema as core.$ZodTypes)._zod;
  switch (def.type) {
    case "string":
    case "boolean":
      return def.type;
    case "number":
      return "int";
    case "nullable":
      return { nullable: fieldOf(def.innerType) };
    case "array":
      return { array: fieldOf(def.element) };
    case "object":
      return { object: membersOf(def.shape) };
    default:
      return { enum: [...(schema as core.$ZodEnum | core.$ZodLiteral<string>)._zod.values] as string[] };
  }
}
