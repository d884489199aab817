/**
 * One route parameter as plain data: the part of its schema that matters for the topic. Enums contain strings or safe
 * integers. A nullable field reads `""` as null, because both make the same topic.
 */
export type Field =
  | "string"
  | "int"
  | "boolean"
  | { readonly enum: readonly (string | number)[] }
  | { readonly nullable: Field }
  | { readonly array: Field }
  | { readonly object: Fields };

/** The parameters of a route, by name. All are required. */
export interface Fields {
  readonly [name: string]: Field;
}

/** Whether a value is an object with named properties. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
