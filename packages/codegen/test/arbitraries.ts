import type { Fields } from "@trading/topic/shapes";
import fc from "fast-check";
import * as z from "zod/mini";

type Field = Fields[string];

const words = fc.string({ unit: "grapheme", maxLength: 8 });
const integers = fc.maxSafeInteger();

/** Values that fit a field. */
export function valuesOf(field: Field): fc.Arbitrary<unknown> {
  if (field === "string") return words;
  if (field === "int") return integers;
  if (field === "boolean") return fc.boolean();
  if ("enum" in field) return fc.constantFrom(...field.enum);
  if ("nullable" in field) return fc.option(valuesOf(field.nullable));
  return "array" in field ? fc.array(valuesOf(field.array), { maxLength: 3 }) : paramsOf(field);
}

/** Parameters that fit fields. */
export function paramsOf({ object }: { readonly object: Fields }): fc.Arbitrary<object> {
  const names = Object.keys(object);
  const values = fc.tuple(...names.map((name) => valuesOf(object[name] as Field)));
  return values.map((list) => Object.fromEntries(names.map((name, index) => [name, list[index]])));
}

const names = fc
  .oneof(
    fc.constantFrom("symbol", "a-b", "10", "2", "", "constructor", "*/", "$1", "a/b", "a~b", "é", "'", "\u2028"),
    words,
  )
  .filter((name) => name !== "__proto__");

/** Fields on the contract, of any depth that is of use. */
export const fieldsOf: fc.Arbitrary<Fields> = fc.letrec<{ field: Field; fields: Fields }>((tie) => ({
  field: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Field>("string", "int", "boolean"),
    fc.uniqueArray(fc.oneof(words, integers), { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    tie("field")
      .filter((field) => !(typeof field === "object" && ("nullable" in field || holdsEmpty(field))))
      .map((field) => ({ nullable: field })),
    tie("field").map((field) => ({ array: field })),
    tie("fields").map((object) => ({ object })),
  ),
  fields: fc.dictionary(names, tie("field"), { maxKeys: 4, noNullPrototype: true }),
})).fields;

function holdsEmpty(field: Field): boolean {
  return typeof field === "object" && "enum" in field && field.enum.includes("");
}

/** The zod schema that a person would write for a field. */
export function zodOf(field: Field): z.ZodMiniType {
  if (field === "string") return z.string();
  if (field === "int") return z.int();
  if (field === "boolean") return z.boolean();
  if ("enum" in field) return z.literal([...field.enum]);
  if ("nullable" in field) return z.nullable(zodOf(field.nullable));
  if ("array" in field) return z.array(zodOf(field.array));
  return z.object(Object.fromEntries(Object.entries(field.object).map(([name, member]) => [name, zodOf(member)])));
}

/** The schema that Pydantic would write for a field, with every object of it in `schemas`. */
export function pydanticOf(field: Field, schemas: { [name: string]: object }): object {
  if (field === "string") return { type: "string", title: "A Title" };
  if (field === "int") return { type: "integer" };
  if (field === "boolean") return { type: "boolean" };
  if ("enum" in field) return field.enum.length === 1 ? { const: field.enum[0] } : { enum: field.enum };
  if ("nullable" in field) return { anyOf: [pydanticOf(field.nullable, schemas), { type: "null" }], title: "A Title" };
  if ("array" in field) return { type: "array", items: pydanticOf(field.array, schemas) };
  const members = Object.entries(field.object).map(([name, member]) => [name, pydanticOf(member, schemas)]);
  const name = `Model_${Object.keys(schemas).length}_`;
  schemas[name] = {
    type: "object",
    title: name,
    required: Object.keys(field.object),
    properties: Object.fromEntries(members),
  };
  return { allOf: [{ $ref: `#/components/schemas/${name}` }], description: "In its own words." };
}
